// What POST /campaigns takes, as a schema, and how it becomes the core's input: times become milliseconds, `then` becomes `onward`.
// Only shapes are checked here; the core checks the rest.

import { type Static, Type } from 'typebox'
import { type Fault, faultAt } from '../errors.ts'
import type { CampaignInput, PhaseInput } from '../ota/inputs.ts'
import { sentence } from '../sentences/sentence.ts'
import type { OtaSettings } from '../settings.ts'
import { abortActions, abortClasses, onwards } from './campaign-schemas.ts'
import { deviceRef, digits, flag, seconds, tag, version } from './input-schemas.ts'
import { unknownFirmware } from './lookups.ts'
import { parseId } from './paging.ts'
import { formed, named, strict } from './schema-words.ts'
import { badRequest } from './validation.ts'

const many = 1_000_000
const whole = (minimum: number, maximum: number, description: string, value?: number) =>
  Type.Optional(Type.Integer({ minimum, maximum, ...(value === undefined ? {} : { default: value }), description }))
const percent = (value: number | undefined, description: string) =>
  Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 100, ...(value === undefined ? {} : { default: value }), description }))
const word = <T extends string>(words: readonly T[], value: NoInfer<T>, description: string) =>
  Type.Optional(Type.Enum<T[]>([...words], { type: 'string', default: value, description }))

const timeText = (description: string) =>
  Type.Optional(
    Type.Union(
      [
        formed('^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,9})?)?(Z|[+-]\\d\\d:\\d\\d)$', 'field_not_a_time', {
          description: 'ISO 8601 with an offset, such as 2026-12-01T02:00:00Z or 2026-12-01T10:00+08:00.',
        }),
        Type.Null(),
      ],
      { description },
    ),
  )

const target = Type.Object(
  {
    devices: Type.Optional(Type.Array(deviceRef, { description: 'Only these; empty: every device of the product.' })),
    tags: Type.Optional(Type.Array(tag, { maxItems: 1000, description: 'Only devices with one of these tags.' })),
    from: Type.Optional(Type.Array(version, { maxItems: 1000, description: 'Only devices on one of these versions.' })),
    exclude: Type.Optional(Type.Array(deviceRef, { description: 'Never these.' })),
    continuous: flag(false, 'Devices that match later are updated too.'),
  },
  strict,
)

const phase = Type.Object(
  {
    percent: percent(undefined, 'Cumulative, of the targets in hash order.'),
    count: whole(1, many, 'Cumulative, of the targets in hash order.'),
    tag: Type.Optional(tag),
    successPercent: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 100,
        default: 100,
        description: 'The next phase opens when this percentage of the finished devices succeeded,',
      }),
    ),
    minFinished: whole(1, many, 'at least this many have finished,', 1),
    soakSeconds: seconds(0, 'that has been so for this long,'),
    ...named('then', word(onwards, 'next', 'and, with `wait`, an operator calls `next`.')),
  },
  { ...strict, description: 'One of `percent`, `count` and, in the first phase, `tag`.' },
)

const abortRule = Type.Object(
  {
    on: word(abortClasses, 'any', 'What counts: every end without success, or this one.'),
    percent: percent(20, 'Of the finished devices.'),
    minFinished: whole(1, many, 'Not before this many have finished.', 5),
    action: word(abortActions, 'pause', 'What it does.'),
  },
  strict,
)

const window = Type.Object(
  {
    cron: Type.String({ minLength: 1, maxLength: 200, description: 'When it opens: minute, hour, day, month, weekday.' }),
    minutes: Type.Integer({ minimum: 1, maximum: 527_040, description: 'For how long.' }),
    timeZone: Type.Optional(
      Type.Union([Type.String({ minLength: 1, maxLength: 64 }), Type.Null()], {
        description: "IANA name, such as Asia/Shanghai; by default the server's.",
      }),
    ),
  },
  strict,
)

const schedule = Type.Object(
  {
    startAt: timeText('Not before.'),
    endAt: timeText('From then on no new tasks start; queued ones are canceled.'),
    windows: Type.Optional(Type.Array(window, { description: 'New tasks start only within one of these.' })),
  },
  strict,
)

const rate = (ota: OtaSettings) =>
  Type.Object(
    {
      perMinute: whole(1, many, 'Devices notified in any minute.', ota.perMinute),
      maxInProgress: whole(1, many, 'Tasks notified or in progress at once.', ota.maxInProgress),
    },
    strict,
  )

const timeouts = (ota: OtaSettings) =>
  Type.Object(
    {
      noResponseSeconds: seconds(ota.noResponseSeconds, 'Notified and silent this long: timed_out(no_response).'),
      upgradeSeconds: Type.Optional(
        Type.Union([Type.Number({ minimum: 0, maximum: 31_536_000 }), Type.Null()], {
          description: `From the first progress on: timed_out(upgrade). By default ${ota.upgradeSeconds}, for sub-devices ${ota.subDeviceUpgradeSeconds}.`,
        }),
      ),
      stallSeconds: seconds(ota.stallSeconds, 'No progress and no bytes for this long: timed_out(stall).'),
    },
    strict,
  )

const retry = Type.Object(
  {
    max: whole(0, 5, 'New attempts after a failure.', 0),
    delaySeconds: seconds(60, 'Before each of them.'),
    onTimeout: flag(false, 'After time-outs too.'),
  },
  strict,
)

const example = {
  firmware: '1',
  start: true,
  phases: [
    { tag: 'canary', soakSeconds: 600 },
    { percent: 20, successPercent: 95 },
  ],
  abort: [{ on: 'failed', percent: 10 }],
  rate: { maxInProgress: 10 },
}

/** POST /campaigns. `ota` gives the defaults that openapi.json shows. */
export const campaignInput = (ota: OtaSettings) =>
  Type.Object(
    {
      firmware: Type.Union([digits('Id.'), Type.Integer({ minimum: 1 })], { description: 'Id of the package.' }),
      name: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
      start: flag(false, 'Start it at once.'),
      target: Type.Optional(target),
      phases: Type.Optional(Type.Array(phase, { description: 'One after another; targets that no phase covers form the last one.' })),
      abort: Type.Optional(
        Type.Array(abortRule, {
          description: 'By default: pause at 20 % of half of those notified, at least 5 or all there are, at most 20; []: none.',
        }),
      ),
      rate: Type.Optional(rate(ota)),
      schedule: Type.Optional(schedule),
      timeouts: Type.Optional(timeouts(ota)),
      retry: Type.Optional(retry),
      overwrite: flag(false, "Replace other campaigns' tasks that are queued or notified."),
      push: flag(true, 'false: offered only to devices that ask.'),
      reflash: flag(false, 'Update devices already on the version too.'),
    },
    { ...strict, examples: [example] },
  )
export type CampaignBody = Static<ReturnType<typeof campaignInput>>

/** PATCH /campaigns/{id}: fields that are left out stay as they are. */
export const campaignChanges = (ota: OtaSettings) =>
  Type.Partial(Type.Omit(campaignInput(ota), ['start']), {
    ...strict,
    description: 'What is left out stays as it is; what is given replaces all of that field.',
    examples: [{ name: 'Second floor', target: { tags: ['floor-2'] } }],
  })
export type CampaignChanges = Static<ReturnType<typeof campaignChanges>>

export const createQuery = Type.Object(
  {
    dryRun: Type.Boolean({ default: false, description: 'Only show what it would do if it started now.' }),
    limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'Devices named in each list of a dry run.' }),
  },
  strict,
)

/** Milliseconds; undefined if there is no such day or time. */
const timeOf = (text: string): number | undefined => {
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number)
  const at = Date.parse(text)
  return Number.isNaN(at) || new Date(Date.UTC(year, month - 1, day)).getUTCDate() !== day ? undefined : at
}

/** Without the fields that are undefined or null. */
const given = <T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } => {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null)
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> }
}

const scheduleOf = (body: NonNullable<CampaignBody['schedule']>): NonNullable<CampaignInput['schedule']> => {
  const faults: Fault[] = []
  const at = (field: 'startAt' | 'endAt'): number | undefined => {
    const text = body[field] ?? null
    const time = text === null ? undefined : timeOf(text)
    if (text !== null && time === undefined) faults.push(faultAt(`schedule.${field}`, sentence('field_time_impossible')))
    return time
  }
  const times = given({ startAt: at('startAt'), endAt: at('endAt') })
  if (faults.length > 0) throw badRequest(faults)
  return {
    ...times,
    windows: (body.windows ?? []).map(({ cron, minutes, timeZone }) => ({ cron, minutes, ...given({ timeZone }) })),
  }
}

const phaseOf = ({ then: onward, ...phase }: NonNullable<CampaignBody['phases']>[number]): PhaseInput => ({
  ...phase,
  ...given({ onward }),
})

const targetOf = ({ from, ...target }: NonNullable<CampaignBody['target']>): NonNullable<CampaignInput['target']> => ({
  ...target,
  // Trimmed, as versions that devices report are.
  ...given({ from: from?.map((version) => version.trim()) }),
})

const firmwareIdOf = (text: string): number => {
  const firmware = parseId(text)
  if (firmware === undefined) throw unknownFirmware(text)
  return firmware
}

/** Those that are given. OTA_FIRMWARE_UNKNOWN, or OTA_BAD_REQUEST with the path of a time that does not exist. */
export const campaignChangesOf = (body: CampaignChanges): Partial<CampaignInput> => {
  const { firmware, target, phases, schedule, timeouts, ...rest } = body
  return {
    ...rest,
    ...given({
      firmware: firmware === undefined ? undefined : firmwareIdOf(String(firmware)),
      target: target && targetOf(target),
      phases: phases?.map(phaseOf),
      schedule: schedule && scheduleOf(schedule),
      timeouts: timeouts && given(timeouts),
    }),
  }
}

/** The same refusals. */
export const campaignInputOf = ({ start: _start, ...body }: CampaignBody): CampaignInput => ({
  ...campaignChangesOf(body),
  firmware: firmwareIdOf(String(body.firmware)),
})
