// From what an operator asks for to a draft: defaults filled in, and each fault named by its path. Pure but for ids and time.

import { type Fault, OtaError } from '../../errors.ts'
import type { CampaignInput, PhaseInput } from '../inputs.ts'
import type { Core } from '../memory/core.ts'
import type { Campaign, Firmware, Target } from '../model.ts'
import { parseDeviceKey } from '../names.ts'
import { type AbortRule, anyTime, type Phase, type Schedule } from '../policy.ts'
import { defaultAbort } from '../rules/abort.ts'
import { nextOpening, windowFault } from '../rules/window.ts'

const mostPhases = 100
const mostRules = 100
const mostWindows = 20

// ---------------------------------------------------------------- target

const deviceFault = (core: Core, firmware: Firmware, key: string): string | null => {
  const parts = parseDeviceKey(key)
  if (parts === null) return `${JSON.stringify(key)} is no usable "product/name"`
  if (parts.product !== firmware.product) return `${key} is of another product than the firmware (${firmware.product})`
  if (core.enrolment === 'closed' && core.store.reads.device(key) === undefined)
    return `${key} is not known, and enrolment is closed: add it first`
  return null
}

const targetOf = (input: CampaignInput): Target => ({
  devices: [...new Set(input.target?.devices)],
  tags: [...new Set(input.target?.tags)],
  from: [...new Set(input.target?.from)],
  exclude: [...new Set(input.target?.exclude)],
  continuous: input.target?.continuous ?? false,
})

const namesFaults = (core: Core, firmware: Firmware, target: Target): readonly Fault[] =>
  (['devices', 'exclude'] as const).flatMap((field) =>
    target[field].flatMap((key, index) => {
      const message = deviceFault(core, firmware, key)
      return message === null || (field === 'exclude' && parseDeviceKey(key) !== null)
        ? []
        : [{ path: `target.${field}[${index}]`, message }]
    }),
  )

/** What leaves nobody, whoever comes. `sources`: the versions that the packages can be applied to; empty: any. */
const emptyFaults = (target: Target, sources: readonly string[], version: string, reflash: boolean): readonly Fault[] => {
  const faults: Fault[] = []
  const excluded = new Set(target.exclude)
  if (target.devices.length > 0 && target.devices.every((key) => excluded.has(key)))
    faults.push({ path: 'target.exclude', message: 'excludes all devices that target.devices names' })
  if (target.from.length > 0 && sources.length > 0 && !target.from.some((from) => sources.includes(from)))
    faults.push({ path: 'target.from', message: `the package can only be applied to ${sources.join(', ')}, none of these` })
  if (!reflash && target.from.length > 0 && target.from.every((from) => from === version))
    faults.push({ path: 'target.from', message: `only names ${version}, which the package leads to; \`reflash\` would update them` })
  return faults
}

// ---------------------------------------------------------------- phases

const phaseOf = (input: PhaseInput): Phase => ({
  percent: input.percent ?? null,
  count: input.count ?? null,
  tag: input.tag ?? null,
  successPercent: input.successPercent ?? 100,
  minFinished: input.minFinished ?? 1,
  soakSeconds: input.soakSeconds ?? 0,
  onward: input.onward ?? 'next',
})

const isWhole = (value: number, least: number): boolean => Number.isSafeInteger(value) && value >= least
const isPercent = (value: number): boolean => value > 0 && value <= 100

const sizeFault = (phase: Phase, index: number): string | null => {
  const { percent, count, tag } = phase
  if ([percent, count, tag].filter((size) => size !== null).length !== 1) return 'wanted one of percent, count and tag'
  if (tag !== null) return index > 0 ? 'only the first phase can be a tag' : tag === '' ? 'the tag is empty' : null
  if (count !== null) return isWhole(count, 1) ? null : 'count: wanted a whole number, at least 1'
  return percent !== null && isPercent(percent) ? null : 'percent: wanted more than 0, at most 100'
}

const gateFaults = (phase: Phase, path: string): readonly Fault[] => [
  ...(phase.successPercent >= 0 && phase.successPercent <= 100 ? [] : [{ path: `${path}.successPercent`, message: 'wanted 0 to 100' }]),
  ...(isWhole(phase.minFinished, 1) ? [] : [{ path: `${path}.minFinished`, message: 'wanted a whole number, at least 1' }]),
  ...(phase.soakSeconds >= 0 ? [] : [{ path: `${path}.soakSeconds`, message: 'wanted 0 or more' }]),
]

/** Sizes are cumulative: one that falls, or stays, would be a phase of nobody. */
const fallFault = (phases: readonly Phase[], index: number): string | null => {
  for (const field of ['percent', 'count'] as const) {
    const value = phases[index]?.[field] ?? null
    const before = phases.slice(0, index).findLast((phase) => phase[field] !== null)?.[field] ?? null
    if (value !== null && before !== null && value <= before)
      return `${field} ${value} after ${before}: they are cumulative and must rise, such as 5, 25, 100`
  }
  const full = phases.slice(0, index).some((phase) => phase.percent === 100)
  return full ? 'a phase before it takes all targets already' : null
}

const phaseFaults = (phases: readonly Phase[]): readonly Fault[] => {
  if (phases.length > mostPhases) return [{ path: 'phases', message: `at most ${mostPhases}` }]
  return phases.flatMap((phase, index) => {
    const path = `phases[${index}]`
    const fault = sizeFault(phase, index)
    const fall = fault === null ? fallFault(phases, index) : null
    const field = phase.percent !== null ? '.percent' : phase.count !== null ? '.count' : ''
    return [
      ...(fault === null ? [] : [{ path, message: fault }]),
      ...(fall === null ? [] : [{ path: `${path}${field}`, message: fall }]),
      ...gateFaults(phase, path),
    ]
  })
}

/** What no phase covers is the last one. */
const withRest = (phases: readonly Phase[]): readonly Phase[] =>
  phases.length === 0 || phases.at(-1)?.percent === 100 ? phases : [...phases, phaseOf({ percent: 100 })]

// ---------------------------------------------------------------- rules, rate, schedule

const ruleOf = (input: Partial<AbortRule>): AbortRule => ({
  on: input.on ?? 'any',
  percent: input.percent ?? 20,
  minFinished: input.minFinished ?? 5,
  action: input.action ?? 'pause',
})

const ruleFaults = (rules: readonly AbortRule[]): readonly Fault[] => {
  if (rules.length > mostRules) return [{ path: 'abort', message: `at most ${mostRules}` }]
  return rules.flatMap(({ percent, minFinished }, index) => [
    ...(isPercent(percent) ? [] : [{ path: `abort[${index}].percent`, message: 'wanted more than 0, at most 100' }]),
    ...(isWhole(minFinished, 1) ? [] : [{ path: `abort[${index}].minFinished`, message: 'wanted a whole number, at least 1' }]),
  ])
}

const scheduleOf = ({ schedule }: CampaignInput): Schedule =>
  schedule === undefined
    ? anyTime
    : {
        startAt: schedule.startAt ?? null,
        endAt: schedule.endAt ?? null,
        windows: (schedule.windows ?? []).map((window) => ({ ...window, timeZone: window.timeZone ?? null })),
      }

/** Faults of the schedule, seen from `now`: also one that can never open again. */
export const scheduleFaults = (schedule: Schedule, now: number): readonly Fault[] => {
  const { startAt, endAt, windows } = schedule
  if (windows.length > mostWindows) return [{ path: 'schedule.windows', message: `at most ${mostWindows}` }]
  const faults = windows.flatMap((window, index) => {
    const fault = windowFault(window)
    return fault === null ? [] : [{ path: `schedule.windows[${index}].${fault.field}`, message: fault.message }]
  })
  if (faults.length > 0) return faults
  if (endAt !== null && endAt <= now) return [{ path: 'schedule.endAt', message: 'has passed already' }]
  if (startAt !== null && endAt !== null && endAt <= startAt) return [{ path: 'schedule.endAt', message: 'lies before startAt' }]
  if (nextOpening(schedule, now) !== null) return []
  const message = endAt === null ? 'no window ever opens' : 'no window opens between startAt and endAt'
  return [{ path: 'schedule.windows', message }]
}

const countFaults = (campaign: Campaign): readonly Fault[] => {
  const { rate, retry, timeouts } = campaign
  const counts: readonly (readonly [path: string, value: number, least: number])[] = [
    ['rate.perMinute', rate.perMinute, 1],
    ['rate.maxInProgress', rate.maxInProgress, 1],
    ['retry.max', retry.max, 0],
    ['retry.delaySeconds', retry.delaySeconds, 0],
    ['timeouts.noResponseSeconds', timeouts.noResponseSeconds, 1],
    ['timeouts.upgradeSeconds', timeouts.upgradeSeconds ?? 1, 1],
    ['timeouts.stallSeconds', timeouts.stallSeconds, 1],
  ]
  const faults = counts.flatMap(([path, value, least]) => (value >= least ? [] : [{ path, message: `wanted at least ${least}` }]))
  return retry.max > 5 ? [...faults, { path: 'retry.max', message: 'wanted at most 5' }] : faults
}

// ---------------------------------------------------------------- the draft

const draftOf = (core: Core, input: CampaignInput, firmware: Firmware): Campaign => ({
  id: 0,
  rev: 0,
  name: input.name ?? `${firmware.product} ${firmware.module} ${firmware.version}`,
  status: 'draft',
  reason: null,
  firmware: firmware.id,
  product: firmware.product,
  module: firmware.module,
  version: firmware.version,
  target: targetOf(input),
  phases: withRest((input.phases ?? []).map(phaseOf)),
  bounds: [],
  phase: null,
  abort: input.abort?.map(ruleOf) ?? defaultAbort,
  era: 0,
  fired: null,
  rate: {
    perMinute: input.rate?.perMinute ?? core.settings.perMinute,
    maxInProgress: input.rate?.maxInProgress ?? core.settings.maxInProgress,
  },
  schedule: scheduleOf(input),
  timeouts: {
    noResponseSeconds: input.timeouts?.noResponseSeconds ?? core.settings.noResponseSeconds,
    upgradeSeconds: input.timeouts?.upgradeSeconds ?? null,
    stallSeconds: input.timeouts?.stallSeconds ?? core.settings.stallSeconds,
  },
  retry: { max: input.retry?.max ?? 0, delaySeconds: input.retry?.delaySeconds ?? 60, onTimeout: input.retry?.onTimeout ?? false },
  overwrite: input.overwrite ?? false,
  push: input.push ?? true,
  reflash: input.reflash ?? false,
  planning: false,
  createdAt: core.now(),
  startedAt: null,
  endedAt: null,
})

/**
 * A draft, not recorded, without an id. `sources`: the versions that the campaign's packages can be applied to, empty: any.
 * OTA_BAD_REQUEST with the path of each fault.
 */
export const draftCampaignOf = (core: Core, input: CampaignInput, firmware: Firmware, sources: readonly string[]): Campaign => {
  const campaign = draftOf(core, input, firmware)
  const faults = [
    ...namesFaults(core, firmware, campaign.target),
    ...emptyFaults(campaign.target, sources, campaign.version, campaign.reflash),
    ...phaseFaults((input.phases ?? []).map(phaseOf)),
    ...ruleFaults(campaign.abort),
    ...scheduleFaults(campaign.schedule, core.now()),
    ...countFaults(campaign),
  ]
  if (faults.length === 0) return campaign
  const words = faults.slice(0, 3).map(({ path, message }) => `${path}: ${message}`)
  throw new OtaError(
    'OTA_BAD_REQUEST',
    `the campaign has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}: ${words.join('; ')}`,
    {
      faults,
    },
  )
}
