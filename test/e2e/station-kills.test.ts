// A shift of 200 boards at a station of four slots, over a server that is killed (kill -9) at twenty random moments: no run is lost or doubled,
// nothing was green that is not on disk, the figures are those of the runs, and an MES that was away for half of it has each result, in order. KILLS
// says how often at most, SEED which moments.

import { randomInt } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { type BoardClient, playBoard } from '../support/board-client.ts'
import type { Json } from '../support/json.ts'
import { createMesSink, type TakenResult } from '../support/mes-sink.ts'
import { type ListedRun, naiveYield } from '../support/naive-yield.ts'
import { addImage, listOf, type ServerFixture, textOf } from '../support/server-fixture.ts'
import { openShiftLine, type ShiftLine } from '../support/shift-line.ts'
import { numbersOf } from '../support/station-shift.ts'
import { waitFor } from '../support/until.ts'
import { isSignedBy } from '../support/webhook-receiver.ts'

const kills = Math.min(20, Number(process.env['KILLS'] ?? 20))
const seed = Number(process.env['SEED'] ?? randomInt(1, 1_000_000))
const boards = 200
const slots = 4
const secret = 'a secret of the tests'
const target = '1.1.0'

/** What happens in one run, and how it has to end. `tasks`: updates that it makes. */
const fates = {
  good: { does: 'good', from: '1.0.0', outcome: 'passed', code: null, tasks: 1 },
  current: { does: 'good', from: target, outcome: 'passed', code: null, tasks: 0 },
  bad: { does: 'bad', from: target, outcome: 'failed', code: 'SELFTEST_FAILED', tasks: 0 },
  refuses: { does: 'refuses', from: '1.0.0', outcome: 'failed', code: 'UPDATE_FAILED', tasks: 1 },
  aborted: { does: 'silent', from: '1.0.0', outcome: 'aborted', code: 'ABORTED', tasks: 0 },
  pulled: { does: null, from: '1.0.0', outcome: 'aborted', code: 'ABORTED', tasks: 0 },
} as const
type Fate = keyof typeof fates

interface Unit {
  readonly serial: string
  readonly fates: readonly Fate[]
}

const planOf = (next: () => number): readonly Unit[] => {
  const bad: readonly Fate[] = ['bad', 'refuses', 'aborted', 'pulled']
  return Array.from({ length: boards }, (_, at): Unit => {
    const own: Fate[] = []
    while (own.length < 2 && next() < 0.2) own.push(bad[Math.floor(next() * bad.length)] ?? 'bad')
    // Some are left as they failed.
    if (own.length === 0 || next() < 0.8) own.push(next() < 0.7 ? 'good' : 'current')
    return { serial: `SN-${at}`, fates: own }
  })
}

const setUp = async (server: ServerFixture): Promise<void> => {
  const firmware = await addImage(server, { product: 'lamp', version: target }, Buffer.alloc(20_000, 'image'))
  await server.call('PUT', '/procedures/lamp-fct', {
    product: 'lamp',
    process: 'FCT',
    firmware: [{ module: 'default', firmware }],
    steps: { connectSeconds: 600, updateSeconds: 600, restartSeconds: 600, selfTestSeconds: 600 },
    selfTest: { source: 'device', limits: [{ name: 'Vbat', unit: 'V', low: 3.1, high: 3.5 }] },
    retest: { max: 10, reasonNeeded: false },
  })
  await server.call('POST', '/procedures/lamp-fct/release')
  await server.call('PUT', '/stations/s1', { slots, procedure: 'lamp-fct' })
}

interface Shift {
  readonly line: ShiftLine
  readonly next: () => number
  /** Called when a run has ended. */
  readonly ended: () => void
}

/** One scan; sometimes the request goes out twice, at once. */
const scan = async ({ line, next }: Shift, text: string, slot: number, key: string): Promise<Json> => {
  const send = () => line.ask('POST', '/stations/s1/scan', { text, slot }, key)
  const replies = await Promise.all(next() < 0.2 ? [send(), send()] : [send()])
  for (const { status, body } of replies) expect([text, status, status < 300 ? '' : body]).toEqual([text, status === 200 ? 200 : 201, ''])
  const ids = replies.map(({ body }) => body['id'])
  expect(new Set(ids).size, `${key}: one run for one scan`).toBe(1)
  return replies[0]?.body ?? {}
}

/** The state of the run when it is another than `state`. */
const changed = async ({ line }: Shift, id: string, state: string): Promise<Json> => {
  for (;;) {
    const { body } = await line.ask('GET', `/runs/${id}?wait=5&after=${state}`)
    if (textOf(body['state']) !== state) return body
  }
}

const playRun = async (shift: Shift, { serial }: Unit, fate: Fate, slot: number, attempt: number): Promise<void> => {
  const { line } = shift
  const { does, from, outcome, code } = fates[fate]
  const id = textOf((await scan(shift, serial, slot, `scan ${serial} ${attempt}`.replaceAll(' ', '-')))['id'])
  let finish = (): void => undefined
  const over = new Promise<void>((resolve) => {
    finish = resolve
  })
  const board: BoardClient = { who: { product: 'lamp', name: serial }, does: does ?? 'silent', version: from, isOver: false }
  const server = { up: line.up, note: () => undefined }
  const playing = does === null ? Promise.resolve() : playBoard(server, board, target, over)
  if (does === 'silent') await changed(shift, id, 'waiting')
  if (does === null || does === 'silent') await line.ask('POST', `/runs/${id}/abort`, {}, `abort-${id}`)
  let run: Json = {}
  for (let state = 'waiting'; state !== 'ended'; state = textOf(run['state'])) run = await changed(shift, id, state)
  board.isOver = true
  finish()
  await playing
  expect([serial, fate, run['outcome'], run['code']]).toEqual([serial, fate, outcome, code])
  shift.ended()
  if (outcome !== 'passed') await scan(shift, 'FB:OK', slot, `ok-${id}`)
}

/** All runs, in the order of their ids. */
const allRuns = async (line: ShiftLine): Promise<readonly (ListedRun & { readonly tasks: readonly string[] })[]> => {
  const runs: Json[] = []
  for (let after = ''; ; ) {
    const { body } = await line.ask('GET', `/runs?limit=100${after}`)
    runs.push(...listOf(body['items']))
    const cursor: unknown = body['next']
    if (typeof cursor !== 'string') break
    after = `&after=${cursor}`
  }
  const listed = runs as unknown as (ListedRun & { readonly tasks: readonly string[] })[]
  return listed.sort((one, other) => Number(one.id) - Number(other.id))
}

/** Each was taken, in the order of the ends; what came again came after a start, with all that followed it, and was the same. */
const expectInOrder = (about: string, taken: readonly TakenResult[], runs: readonly ListedRun[], starts: number): void => {
  const texts = new Map<string, string>()
  for (const { id, text } of taken) {
    expect(text, `${about}: ${id} is the same each time`).toBe(texts.get(id) ?? text)
    texts.set(id, text)
  }
  const order = [...texts.keys()]
  expect(order.toSorted(), `${about}: each has come`).toEqual(runs.map(({ id }) => `run-${id}`).sort())
  const endOf = new Map(runs.map(({ id, endedAt }) => [`run-${id}`, endedAt ?? '']))
  const ends = order.map((id) => endOf.get(id) ?? '')
  expect(ends, `${about}: in the order of the ends`).toEqual(ends.toSorted())
  const places = taken.map(({ id }) => order.indexOf(id))
  const steps = places.map((place, at) => place - (places[at - 1] ?? -1))
  expect(Math.max(...steps), `${about}: none was passed over`).toBe(1)
  expect(steps.filter((step) => step !== 1).length, `${about}: repeated only by starts`).toBeLessThanOrEqual(starts)
}

it(`kill -9 at ${kills} random moments of a shift of ${boards} boards loses and doubles no run and no result (SEED=${seed})`, {
  timeout: 600_000,
}, async () => {
  const about = `SEED=${seed}`
  const next = numbersOf(seed)
  const mes = await createMesSink()
  const line = await openShiftLine({ mes: { webhook: { url: mes.url, secret } } })
  onTestFinished(line.end)
  await setUp(await line.up())
  line.watch('s1')
  const plan = planOf(next)
  const total = plan.reduce((sum, unit) => sum + unit.fates.length, 0)
  const killAt = Array.from({ length: kills }, (_, at) => [Math.floor(((at + next()) * total) / kills), next() * 120] as const)
  const mesMoves = [
    [Math.floor(total / 4), mes.away],
    [Math.floor((total * 3) / 4), mes.back],
  ] as const

  const checked = new Set<string>()
  /** Before anybody else asks it: what was green is on its disk. */
  const expectGreens = async ({ call }: Pick<ServerFixture, 'call'>): Promise<void> => {
    for (const [name, { id, serial, attempt, endedAt }] of line.greens) {
      if (checked.has(name)) continue
      const run = await call('GET', `/runs/${id}`)
      expect({ ...run }, `${about}: run ${id} of ${serial} was shown as passed`).toMatchObject({
        serial,
        attempt,
        endedAt,
        outcome: 'passed',
      })
      checked.add(name)
    }
  }
  let count = 0
  let acting = Promise.resolve()
  const act = (work: () => Promise<void>): void => {
    acting = acting.then(work)
    acting.catch(() => undefined)
  }
  const killLater = (ms: number) => async (): Promise<void> => {
    await pause(ms)
    await line.kill(expectGreens)
  }
  const ended = (): void => {
    for (const [at, move] of mesMoves) if (at === count) act(move)
    for (const [at, ms] of killAt) if (at === count) act(killLater(ms))
    count += 1
  }
  const shift: Shift = { line, next, ended }
  const left = [...plan]
  const workAt = async (slot: number): Promise<void> => {
    for (let unit = left.shift(); unit !== undefined; unit = left.shift())
      for (const [at, fate] of unit.fates.entries()) await playRun(shift, unit, fate, slot, at + 1)
  }
  await Promise.all(Array.from({ length: slots }, (_, at) => workAt(at + 1)))
  await acting
  expect(line.kills(), about).toBe(kills)

  const runs = await allRuns(line)
  const expected = plan.flatMap(({ serial, fates: own }) =>
    own.map((fate, at) => [serial, at + 1, fates[fate].outcome, fates[fate].code, fates[fate].tasks].join(' ')),
  )
  const bySerial = plan.flatMap(({ serial }) => runs.filter((run) => run.serial === serial))
  expect(
    bySerial.map((run) => [run.serial, run.attempt, run.outcome, run.code, run.tasks.length].join(' ')),
    `${about}: one run for each scan`,
  ).toEqual(expected)
  expect(runs, `${about}: no other run`).toHaveLength(total)
  expect(new Set(runs.flatMap(({ tasks }) => tasks)).size, `${about}: no update of two runs`).toBe(
    runs.flatMap(({ tasks }) => tasks).length,
  )

  const server = await line.up()
  await expectGreens(server)
  expect(line.greens.size, `${about}: greens that were seen`).toBe(runs.filter(({ outcome }) => outcome === 'passed').length)
  const ends = runs.toSorted((one, other) => (one.endedAt ?? '').localeCompare(other.endedAt ?? '') || Number(one.id) - Number(other.id))
  const [row] = listOf((await server.call('GET', '/yield'))['items'])
  const { codes, ...figures } = naiveYield(ends)
  expect({ ...row, seconds: Math.round(Number(row?.['seconds']) * 1000) / 1000 }, about).toMatchObject(figures)
  const pareto = listOf(row?.['pareto']).map((each) => [each['code'], each['count']])
  expect(Object.fromEntries(pareto), about).toEqual(codes)

  await server.call('POST', '/webhooks/mes/retry')
  await waitFor(`${about}: all results are sent`, async () => {
    const { backlog } = await server.call('GET', '/webhooks/mes')
    return Number(backlog) === 0
  })
  expectInOrder(about, mes.taken, runs, kills)
  for (const { id, text, signature } of mes.taken) expect(isSignedBy(secret, { text, signature }), `${about}: ${id} is signed`).toBe(true)
  expect((await server.stop()).status).toBe(0)
})
