// The scenes of fleet.e2e.sh, with a server whose data directory is ./data: prints `ok …` and `not ok …` lines, ends with status 1 if one is
// not ok. The devices are `fogbell simulate`, in a process of its own; everything else goes through the admin API.

import { createFleet } from './fleet-process.mjs'
import { connectServer } from './fleet-server.mjs'

const devices = 1000
const slots = 50
const canary = 50
const product = 'fleet'
let failed = false

const check = (what, isRight, found) => {
  if (!isRight) failed = true
  console.log(isRight ? `ok ${what}` : `not ok ${what}: ${JSON.stringify(found).slice(0, 500)}`)
}

/** How devices misbehave, and how the task of each ends: state and reason. */
const ends = {
  'drop-at-40': 'timed_out stall',
  'bad-hash': 'failed verify_error',
  'burn-fails': 'failed burn_error',
  declines: 'rejected null',
  'gbk-desc': 'failed upgrade_error',
  'keeps-old': 'failed rolled_back',
  'wrong-version': 'failed unexpected_version',
  'never-answers': 'timed_out no_response',
  'never-subscribes': 'queued not_subscribed',
}
/** Faults that an update survives. */
const odd = ['reboot-mid-download', 'no-progress', 'duplicate-reports', 'out-of-order', 'step-as-string', 'slow-boot', 'babbles']
const faults = [...Object.keys(ends).map((name) => `${name}:5`), ...odd.map((name) => `${name}:20`)].join(',')

const server = await connectServer()
const { call, tasksOf, until, watch } = server

const add = async (version) => (await call('PUT', `/firmware?product=${product}&version=${version}`, Buffer.alloc(100_000, version))).id
const create = async (version, plan) => (await call('POST', '/campaigns', { firmware: await add(version), ...plan })).id
/** Started only when it is watched: otherwise tasks could end before the watch finds them. */
const begin = (campaign) => call('POST', `/campaigns/${campaign}/start`, {})
const campaignIs = (id, isIt, seconds) => until(`campaign ${id}`, () => call('GET', `/campaigns/${id}`), isIt, seconds)
const ended = ({ endedAt }) => endedAt !== null
const notified = (tasks) => tasks.filter(({ notifiedAt }) => notifiedAt !== null)

/** The most tasks that were notified and not ended at the same time, by the times in their records. */
const mostAtOnce = (tasks) => {
  const moments = notified(tasks).flatMap(({ notifiedAt, endedAt }) => [
    { at: Date.parse(notifiedAt), by: 1 },
    { at: endedAt === null ? Number.POSITIVE_INFINITY : Date.parse(endedAt), by: -1 },
  ])
  moments.sort((a, b) => a.at - b.at || a.by - b.by)
  let [now, most] = [0, 0]
  for (const { by } of moments) {
    now += by
    most = Math.max(most, now)
  }
  return most
}

/** Whether no phase began before the previous one had its sample and its soak. */
const phasesOpenInOrder = (tasks, phases) =>
  phases.slice(0, -1).map(({ minFinished, soakSeconds }, index) => {
    const ends = tasks.filter((task) => task.phase === index + 1 && ended(task)).map(({ endedAt }) => Date.parse(endedAt))
    const met = ends.sort((a, b) => a - b)[minFinished - 1]
    const next = Math.min(...notified(tasks.filter(({ phase }) => phase === index + 2)).map(({ notifiedAt }) => Date.parse(notifiedAt)))
    return { opened: next - met, soak: soakSeconds * 1000 }
  })

// ---------------------------------------------------------------- a good build

const fleet = createFleet({ devices, product, seed: 7, version: '1.0.0', faults, perSecond: 400, ask: 'some' })
await until(
  'the fleet is online',
  () => server.metric('fogbell_devices_online'),
  (online) => online === devices,
  30,
)
check(`${devices} devices are online`, true)

const phases = [
  { percent: 5, successPercent: 80, minFinished: 40, soakSeconds: 2 },
  { percent: 25, successPercent: 80, minFinished: 150, soakSeconds: 1 },
  { percent: 100, successPercent: 80, minFinished: 1 },
]
const good = await create('1.1.0', {
  target: { tags: [] },
  phases,
  rate: { maxInProgress: slots, perMinute: 5000 },
  abort: [{ on: 'any', percent: 20, minFinished: 20, action: 'pause' }],
  timeouts: { noResponseSeconds: 12, stallSeconds: 12 },
})
const goodWatch = await watch(good)
await begin(good)
const isOver = ({ counts, status }) => status !== 'running' || (counts.queued <= 5 && counts.notified + counts.in_progress === 0)
const over = await campaignIs(good, isOver, 60)
const seen = await goodWatch.end()
const tasks = await tasksOf(good)

check('each device got one task', tasks.length === devices && new Set(tasks.map(({ device }) => device)).size === devices, tasks.length)
check('the campaign was not stopped', over.status === 'running' && over.phase === phases.length, over)
check('its events have no gap', seen.events > 2 * devices && seen.resets === 0, seen)
check(`never more than ${slots} were notified or in progress, by events`, seen.most <= slots && seen.most > slots / 2, seen)
check('nor by the metric', seen.mostByMetric <= slots && seen.mostByMetric > slots / 2, seen)
check('nor by the times in each task', mostAtOnce(tasks) <= slots, mostAtOnce(tasks))
const shares = phases.map((_, at) => tasks.filter(({ phase }) => phase === at + 1).length)
check('the phases have their shares', shares.join() === '50,200,750', shares)
const order = phasesOpenInOrder(tasks, phases)
check(
  'each phase began after the sample and the soak of the one before',
  order.every(({ opened, soak }) => opened >= soak),
  order,
)

const faultOf = new Map((await fleet.plan()).map(({ device, fault }) => [device, fault]))
const endOf = ({ state, reason }) => `${state} ${reason}`
const wrong = tasks.filter((task) => endOf(task) !== (ends[faultOf.get(task.device)] ?? 'succeeded null'))
for (const [name, end] of Object.entries(ends)) {
  const found = tasks.filter(({ device }) => faultOf.get(device) === name).map(endOf)
  check(`${name}: ${end}`, found.length === 5 && found.every((each) => each === end), found)
}
check(
  'all others succeeded',
  wrong.length === 0,
  wrong.map((task) => [faultOf.get(task.device), endOf(task)]),
)

// ---------------------------------------------------------------- a rate

const some = tasks.filter((task) => task.state === 'succeeded' && faultOf.get(task.device) === null).slice(0, 60)
await call('POST', `/campaigns/${good}/cancel`, {})
const rated = await create('1.1.1', { target: { devices: some.map(({ device }) => device) }, rate: { perMinute: 20 } })
await begin(rated)
await campaignIs(rated, ({ counts }) => counts.succeeded === 20, 15)
const waiting = (await tasksOf(rated)).filter(({ state }) => state === 'queued')
check(
  '20 a minute are told, the others wait for the rate',
  waiting.length === 40 && waiting.every(({ reason }) => reason === 'rate'),
  waiting,
)
await call('POST', `/campaigns/${rated}/cancel`, {})

const summaries = await fleet.stop()
const still = new Set((await tasksOf(rated)).filter(({ state }) => state === 'succeeded').map(({ device }) => device))
const strays = summaries.filter(
  ({ device, fault, version }) => !Object.hasOwn(ends, fault ?? '') && version !== (still.has(device) ? '1.1.1' : '1.1.0'),
)
check('every good device reports the new version', summaries.length === devices && strays.length === 0, strays)

// ---------------------------------------------------------------- a build that every device rejects, while all boot together

await until(
  'the fleet is offline',
  () => server.metric('fogbell_devices_online'),
  (online) => online === 0,
  15,
)
const bad = await create('1.2.0', { phases: [{ percent: 5 }, { percent: 100 }], rate: { maxInProgress: slots } })
const badWatch = await watch(bad)
await begin(bad)
const refusing = 'keeps-old:400,bad-hash:300,declines:300'
const second = createFleet({ devices, product, seed: 7, version: '1.1.0', faults: refusing, perSecond: 1000, ask: 'all' })
const isQuiet = ({ status, counts }) => status !== 'running' && counts.notified + counts.in_progress === 0
const stopped = await campaignIs(bad, isQuiet, 30)
await until(
  'the fleet is online',
  () => server.metric('fogbell_devices_online'),
  (online) => online === devices,
  20,
)
const badSeen = await badWatch.end()
const badTasks = await tasksOf(bad)
check('the abort rule pauses it', stopped.status === 'paused' && stopped.reason === 'aborted' && stopped.counts.succeeded === 0, stopped)
check('only devices of the canary were notified', notified(badTasks).length >= 5 && notified(badTasks).every(({ phase }) => phase === 1))
check('never more than the slots', badSeen.most <= slots && badSeen.resets === 0, badSeen)
check(
  'the others wait, told why',
  badTasks.filter(({ state, reason }) => state === 'queued' && reason === 'paused').length >= devices - canary,
)
const canaryOf = (all) =>
  all
    .flatMap(({ phase, device }) => (phase === 1 ? [device] : []))
    .sort()
    .join()
check('the canary is the canary of the campaign before', canaryOf(badTasks) === canaryOf(tasks))
await call('POST', `/campaigns/${bad}/cancel`, {})

const minFinished = 20
const worse = await create('1.2.1', {
  rate: { maxInProgress: slots },
  abort: [{ on: 'any', percent: 20, minFinished, action: 'cancel' }],
})
const worseWatch = await watch(worse)
await begin(worse)
await campaignIs(worse, (campaign) => isQuiet(campaign) && campaign.counts.queued === 0, 30)
const worseSeen = await worseWatch.end()
const worseTasks = await tasksOf(worse)
const reached = notified(worseTasks).length
check('without phases, a bad build reaches its sample and the slots', reached >= minFinished && reached <= minFinished + slots, reached)
check('never more than the slots, again', worseSeen.most <= slots && worseSeen.most > slots / 2, worseSeen)
const reasons = new Set(worseTasks.map(endOf))
const wanted = ['failed verify_error', 'failed rolled_back', 'rejected null', 'canceled aborted']
check('each task has its reason', worseTasks.length === devices && [...reasons].every((end) => wanted.includes(end)), [...reasons])
const kept = await second.stop()
check('and no device has installed it', kept.length === devices && kept.every(({ version }) => version === '1.1.0'))
process.exitCode = failed ? 1 : 0
