// The JSON of campaigns and of dry runs as schemas: what was given, and the current state beside it. Knows no route.

import { type Static, Type } from 'typebox'
import { count, counted, fromOne, idText, named, nullable, number, strict, text, time } from './schema-words.ts'
import { maybeSaidFields, saidFields, someWarningFields, warningFields } from './sentence-schemas.ts'

export const campaignStatuses = ['draft', 'scheduled', 'running', 'paused', 'completed', 'canceled'] as const
export const abortClasses = ['any', 'failed', 'timed_out', 'rejected'] as const
export const abortActions = ['pause', 'cancel'] as const
export const onwards = ['next', 'wait'] as const
const gateSteps = ['last', 'empty', 'sample', 'success', 'soak', 'operator', 'failed', 'open'] as const

export const counts = Type.Object(
  {
    queued: count,
    notified: count,
    in_progress: count,
    succeeded: count,
    failed: count,
    timed_out: count,
    rejected: count,
    canceled: count,
    skipped: count,
  },
  {
    ...strict,
    $id: 'Counts',
    description: "Each device's newest attempt by its state, and `skipped`: targets that had the version already.",
  },
)
export type CountsJson = Static<typeof counts>
const countsRef = Type.Unsafe<CountsJson>(Type.Ref('Counts'))

export const phase = Type.Object(
  {
    percent: Type.Optional(Type.Number({ description: 'Cumulative, of the targets in hash order.' })),
    count: Type.Optional(counted('Cumulative, of the targets in hash order.')),
    tag: Type.Optional(Type.String({ description: 'Targets that have it.' })),
    successPercent: number,
    minFinished: count,
    soakSeconds: number,
    ...named('then', Type.Enum(onwards, { type: 'string' })),
    open: Type.Boolean({ description: 'Its devices may be notified.' }),
    counts: countsRef,
    waiting: counted('Its targets that wait for another campaign and have no task yet.'),
  },
  { ...strict, $id: 'Phase', description: 'As given (one of `percent`, `count`, `tag`), and its current state.' },
)
export type PhaseJson = Static<typeof phase>

export const gate = Type.Object(
  {
    step: Type.Enum(gateSteps, {
      type: 'string',
      description:
        'What keeps the next phase closed: `sample` too few have finished, `success` too few succeeded, `soak`, `operator` waits for ' +
        '`next`, `failed`; `empty` has no device yet, `open` opens now, `last` there is no next phase.',
    }),
    size: counted('Devices of the phase.'),
    finished: count,
    succeededPercent: Type.Number({ description: 'Of the finished devices, rounded down.' }),
    neededPercent: number,
    minFinished: counted('Capped at the size.'),
    soakEndsAt: nullable(time),
    against: Type.Array(text, { description: 'Devices that succeeded and then rolled back or could not stay connected; 100 at most.' }),
  },
  { ...strict, $id: 'Gate', description: 'Between the newest open phase and the one after it.' },
)
export type GateJson = Static<typeof gate>

const abortRule = Type.Object(
  {
    on: Type.Enum(abortClasses, { type: 'string' }),
    percent: number,
    minFinished: count,
    action: Type.Enum(abortActions, { type: 'string' }),
    finished: counted('How many have finished since an operator last resumed it.'),
    bad: counted('How many of these ended like that.'),
    since: nullable(Type.String({ format: 'date-time', description: 'When it was last resumed; null: they count from its start.' })),
  },
  strict,
)

const schedule = Type.Object(
  {
    startAt: nullable(time),
    endAt: nullable(time),
    windows: Type.Array(Type.Object({ cron: text, minutes: count, timeZone: nullable(text) }, strict)),
    open: Type.Boolean({ description: 'Whether new tasks may start now.' }),
    until: nullable(
      Type.String({ format: 'date-time', description: 'When that changes; null: no further window opens, or open without an end.' }),
    ),
  },
  strict,
)

const target = Type.Object(
  {
    devices: Type.Array(text),
    tags: Type.Array(text),
    from: Type.Array(text),
    exclude: Type.Array(text),
    continuous: Type.Boolean(),
  },
  strict,
)

export const campaignSteps = ['start', 'pause', 'resume', 'next', 'cancel'] as const

const lastStep = Type.Object(
  {
    step: Type.Enum(campaignSteps, { type: 'string' }),
    kind: Type.Enum(['person', 'token', 'file'] as const, { type: 'string', description: '`file`: the token of the data directory.' }),
    by: Type.String({ description: 'The name of the person or token.' }),
    at: time,
  },
  { ...strict, description: 'What somebody did with it last. null: nothing, or before this was recorded.' },
)

const notedStep = Type.Object(
  {
    step: Type.Enum([...campaignSteps, 'retry'] as const, { type: 'string' }),
    kind: Type.Enum(['person', 'token', 'file', 'server'] as const, { type: 'string', description: '`server`: a rule, or the end of it.' }),
    by: Type.String({ description: 'The name of the person or token; of `server` the reason, such as `aborted` or `phase_failed`.' }),
    at: time,
  },
  strict,
)

export const campaign = Type.Object(
  {
    id: idText('Counts up from 1.'),
    name: text,
    status: Type.Enum(campaignStatuses, { type: 'string' }),
    reason: nullable(
      Type.String({
        description: '`operator`, `aborted`, `phase_failed`, `image_missing`, `image_damaged`, `image_unreadable` or `expired`.',
      }),
    ),
    ...maybeSaidFields('Why it has this status, with the figures.'),
    lastStep: nullable(lastStep),
    steps: Type.Array(notedStep, {
      description: 'Who or what has paused, resumed, retried or canceled it: the newest 20, the newest first.',
    }),
    firmware: idText('The package.'),
    product: text,
    module: text,
    version: text,
    phase: nullable(fromOne('The newest phase that is open; null: no phases, or not started.')),
    counts: countsRef,
    unreported: counted('Open tasks whose device has reported no version of the module.'),
    waiting: counted('Targets that wait for another campaign and have no task yet.'),
    waitingFor: Type.Array(text, { description: 'Ids of the campaigns whose open tasks they wait for, of the first 100 targets.' }),
    gate: nullable(Type.Unsafe<GateJson>(Type.Ref('Gate'))),
    target,
    phases: Type.Array(Type.Unsafe<PhaseJson>(Type.Ref('Phase'))),
    abort: Type.Array(abortRule),
    rate: Type.Object({ perMinute: count, maxInProgress: count }, strict),
    schedule,
    timeouts: Type.Object({ noResponseSeconds: number, upgradeSeconds: nullable(number), stallSeconds: number }, strict),
    retry: Type.Object({ max: count, delaySeconds: number, onTimeout: Type.Boolean() }, strict),
    overwrite: Type.Boolean(),
    push: Type.Boolean(),
    reflash: Type.Boolean(),
    createdAt: time,
    startedAt: nullable(time),
    endedAt: nullable(time),
    station: Type.Optional(
      Type.Object(
        { procedure: text, rev: fromOne('The revision.') },
        { ...strict, description: 'Only of campaigns of test stations: the procedure whose updates these are.' },
      ),
    ),
    ...someWarningFields,
  },
  { ...strict, $id: 'Campaign', description: 'Warnings are only in the answer to its creation.' },
)
export type CampaignJson = Static<typeof campaign>

const planPhase = Type.Object({ phase: fromOne('Counts from 1.'), size: count, devices: Type.Array(text) }, strict)
const leftOut = Type.Object({ device: text, reason: text, ...saidFields('Why, with the figure behind it.') }, strict)

export const plan = Type.Object(
  {
    targets: counted('Devices that would be updated.'),
    unreported: counted('How many of the targets have reported no version of the module.'),
    skipped: counted('Devices that have the version already.'),
    waiting: counted('How many of the targets wait for another campaign first.'),
    phases: Type.Array(planPhase, { description: 'One if none was given. `devices` has at most `limit` items, `size` counts all.' }),
    left: Type.Array(leftOut, { description: 'Devices of the product that would not be updated, at most `limit`.' }),
    leftCounts: Type.Record(text, count, {
      description: 'How many, by reason, such as `gateway_never_reported`: it has sub-devices and has reported no version.',
    }),
    seconds: nullable(
      Type.Number({
        description:
          'About how long until the last device has reported, if all are connected; waits for windows and soaks are included, and devices ' +
          'that were notified in a window continue after it. null: nothing to do, or not within a thousand windows.',
      }),
    ),
    perDeviceSeconds: Type.Number({ description: 'The time assumed for one device.' }),
    ...warningFields,
  },
  { ...strict, $id: 'Plan', description: 'What a campaign would do if it started now.' },
)
export type PlanJson = Static<typeof plan>
