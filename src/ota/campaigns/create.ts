// From an operator's request to a draft: fills in defaults and reports each fault with its path. Pure but for ids and time.

import { type Fault, faultAt, OtaError } from '../../errors.ts'
import { type Sentence, sentence } from '../../sentences/sentence.ts'
import type { CampaignInput, PhaseInput } from '../inputs.ts'
import type { Campaign, Firmware, Target } from '../model.ts'
import { parseDeviceKey } from '../names.ts'
import { type AbortRule, anyTime, type Phase, type Schedule } from '../policy.ts'
import { defaultAbort } from '../rules/abort.ts'
import { nextOpening, windowFault } from '../rules/window.ts'
import type { Ports } from '../state/context.ts'

const mostPhases = 100
const mostRules = 100
const mostWindows = 20
const mostRetries = 5

// ---------------------------------------------------------------- target

type Creating = Pick<Ports, 'reads' | 'settings' | 'enrolment' | 'now'>

/** Why the device cannot be a target of a package or campaign of that product. */
export const deviceFault = (
  { reads, enrolment }: Pick<Creating, 'reads' | 'enrolment'>,
  { product }: Pick<Firmware, 'product'>,
  key: string,
): Sentence | null => {
  const parts = parseDeviceKey(key)
  if (parts === null) return sentence('device_key_unusable', { text: JSON.stringify(key) })
  if (parts.product !== product) return sentence('device_of_other_product', { device: key, product })
  return enrolment === 'closed' && reads.device(key) === undefined ? sentence('device_unknown_and_closed', { device: key }) : null
}

const targetOf = (input: CampaignInput): Target => ({
  devices: [...new Set(input.target?.devices)],
  tags: [...new Set(input.target?.tags)],
  from: [...new Set(input.target?.from)],
  exclude: [...new Set(input.target?.exclude)],
  continuous: input.target?.continuous ?? false,
})

const namesFaults = (ports: Creating, firmware: Firmware, target: Target): readonly Fault[] =>
  (['devices', 'exclude'] as const).flatMap((field) =>
    target[field].flatMap((key, index) => {
      const fault = deviceFault(ports, firmware, key)
      const isFine = fault === null || (field === 'exclude' && parseDeviceKey(key) !== null)
      return isFine ? [] : [faultAt(`target.${field}[${index}]`, fault)]
    }),
  )

/** Faults that leave no target, whatever devices there are. `sources`: the versions that the packages can be applied to; empty: any. */
const emptyFaults = (target: Target, sources: readonly string[], version: string, reflash: boolean): readonly Fault[] => {
  const faults: Fault[] = []
  const excluded = new Set(target.exclude)
  if (target.devices.length > 0 && target.devices.every((key) => excluded.has(key)))
    faults.push(faultAt('target.exclude', sentence('excludes_all_named')))
  if (target.from.length > 0 && sources.length > 0 && !target.from.some((from) => sources.includes(from)))
    faults.push(faultAt('target.from', sentence('sources_do_not_meet', { sources })))
  if (!reflash && target.from.length > 0 && target.from.every((from) => from === version))
    faults.push(faultAt('target.from', sentence('from_names_only_own_version', { version })))
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

const sizeFault = (phase: Phase, index: number): Sentence | null => {
  const { percent, count, tag } = phase
  if ([percent, count, tag].filter((size) => size !== null).length !== 1) return sentence('phase_needs_one_size')
  if (tag !== null) return index > 0 ? sentence('phase_tag_not_first') : tag === '' ? sentence('tag_empty') : null
  if (count !== null) return isWhole(count, 1) ? null : sentence('phase_count_out_of_range')
  return percent !== null && isPercent(percent) ? null : sentence('phase_percent_out_of_range')
}

const percentFault = (path: string): Fault => faultAt(path, sentence('percent_out_of_range'))
const atLeast = (path: string, least: number): Fault => faultAt(path, sentence('number_at_least', { least }))
const wholeAtLeast = (path: string, least: number): Fault => faultAt(path, sentence('whole_number_at_least', { least }))

const gateFaults = (phase: Phase, path: string): readonly Fault[] => [
  ...(phase.successPercent >= 0 && phase.successPercent <= 100 ? [] : [faultAt(`${path}.successPercent`, sentence('number_0_to_100'))]),
  ...(isWhole(phase.minFinished, 1) ? [] : [wholeAtLeast(`${path}.minFinished`, 1)]),
  ...(phase.soakSeconds >= 0 ? [] : [atLeast(`${path}.soakSeconds`, 0)]),
]

/** Sizes are cumulative: one that does not rise would be a phase without devices. */
const fallFault = (phases: readonly Phase[], index: number): Sentence | null => {
  for (const field of ['percent', 'count'] as const) {
    const value = phases[index]?.[field] ?? null
    const before = phases.slice(0, index).findLast((phase) => phase[field] !== null)?.[field] ?? null
    if (value !== null && before !== null && value <= before) return sentence('phase_sizes_must_rise', { field, value, before })
  }
  const full = phases.slice(0, index).some((phase) => phase.percent === 100)
  return full ? sentence('phase_after_all') : null
}

const phaseFaults = (phases: readonly Phase[]): readonly Fault[] => {
  if (phases.length > mostPhases) return [faultAt('phases', sentence('list_too_long', { most: mostPhases }))]
  return phases.flatMap((phase, index) => {
    const path = `phases[${index}]`
    const fault = sizeFault(phase, index)
    const fall = fault === null ? fallFault(phases, index) : null
    const field = phase.percent !== null ? '.percent' : phase.count !== null ? '.count' : ''
    return [
      ...(fault === null ? [] : [faultAt(path, fault)]),
      ...(fall === null ? [] : [faultAt(`${path}${field}`, fall)]),
      ...gateFaults(phase, path),
    ]
  })
}

/** Targets that no phase covers are the last phase. */
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
  if (rules.length > mostRules) return [faultAt('abort', sentence('list_too_long', { most: mostRules }))]
  return rules.flatMap(({ percent, minFinished }, index) => [
    ...(isPercent(percent) ? [] : [percentFault(`abort[${index}].percent`)]),
    ...(isWhole(minFinished, 1) ? [] : [wholeAtLeast(`abort[${index}].minFinished`, 1)]),
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

/** Faults of the schedule as of `now`, which include that it can never open again. */
export const scheduleFaults = (schedule: Schedule, now: number): readonly Fault[] => {
  const { startAt, endAt, windows } = schedule
  if (windows.length > mostWindows) return [faultAt('schedule.windows', sentence('list_too_long', { most: mostWindows }))]
  const faults = windows.flatMap((window, index) => {
    const fault = windowFault(window)
    return fault === null ? [] : [faultAt(`schedule.windows[${index}].${fault.field}`, fault.said)]
  })
  if (faults.length > 0) return faults
  if (endAt !== null && endAt <= now) return [faultAt('schedule.endAt', sentence('end_has_passed'))]
  if (startAt !== null && endAt !== null && endAt <= startAt) return [faultAt('schedule.endAt', sentence('end_before_start'))]
  if (nextOpening(schedule, now) !== null) return []
  return [faultAt('schedule.windows', sentence(endAt === null ? 'no_window_opens' : 'no_window_opens_in_time'))]
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
  const faults = counts.flatMap(([path, value, least]) => (value >= least ? [] : [atLeast(path, least)]))
  return retry.max > mostRetries ? [...faults, faultAt('retry.max', sentence('number_at_most', { most: mostRetries }))] : faults
}

// ---------------------------------------------------------------- the draft

const defaultName = ({ product, module, version }: Pick<Firmware, 'product' | 'module' | 'version'>): string =>
  `${product} ${module} ${version}`

const withDefaults = ({ settings, now }: Creating, input: CampaignInput, firmware: Firmware): Campaign => ({
  id: 0,
  rev: 0,
  name: input.name ?? defaultName(firmware),
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
    perMinute: input.rate?.perMinute ?? settings.perMinute,
    maxInProgress: input.rate?.maxInProgress ?? settings.maxInProgress,
  },
  schedule: scheduleOf(input),
  timeouts: {
    noResponseSeconds: input.timeouts?.noResponseSeconds ?? settings.noResponseSeconds,
    upgradeSeconds: input.timeouts?.upgradeSeconds ?? null,
    stallSeconds: input.timeouts?.stallSeconds ?? settings.stallSeconds,
  },
  retry: { max: input.retry?.max ?? 0, delaySeconds: input.retry?.delaySeconds ?? 60, onTimeout: input.retry?.onTimeout ?? false },
  overwrite: input.overwrite ?? false,
  push: input.push ?? true,
  reflash: input.reflash ?? false,
  ...(input.request === undefined ? {} : { request: input.request }),
  planning: false,
  createdAt: now(),
  startedAt: null,
  endedAt: null,
})

const mostSaid = 3

/** The first faults, each with its path. */
const firstFaults = (faults: readonly Fault[]): readonly Sentence[] =>
  faults
    .slice(0, mostSaid)
    .map(({ path, message, code, params }) =>
      sentence('fault_at', { path, fault: code === undefined ? message : { code, params: params ?? {} } }),
    )

/** What is wrong with a campaign. */
export const faultsSentence = (faults: readonly Fault[]): Sentence =>
  sentence('campaign_faults', { count: faults.length, faults: firstFaults(faults) })

/** The campaign, if nothing is wrong with it. `phases`: those that were given. */
const sound = (ports: Creating, campaign: Campaign, phases: readonly Phase[], firmware: Firmware, sources: readonly string[]): Campaign => {
  const faults = [
    ...namesFaults(ports, firmware, campaign.target),
    ...emptyFaults(campaign.target, sources, campaign.version, campaign.reflash),
    ...phaseFaults(phases),
    ...ruleFaults(campaign.abort),
    ...scheduleFaults(campaign.schedule, ports.now()),
    ...countFaults(campaign),
  ]
  if (faults.length === 0) return campaign
  throw new OtaError('OTA_BAD_REQUEST', faultsSentence(faults), { faults })
}

/**
 * A draft, not recorded, without an id. `sources`: the versions that the campaign's packages can be applied to, empty: any.
 * OTA_BAD_REQUEST with the path of each fault.
 */
export const newCampaign = (ports: Creating, input: CampaignInput, firmware: Firmware, sources: readonly string[]): Campaign =>
  sound(ports, withDefaults(ports, input, firmware), (input.phases ?? []).map(phaseOf), firmware, sources)

const editable = [
  'target',
  'phases',
  'abort',
  'rate',
  'schedule',
  'timeouts',
  'retry',
  'overwrite',
  'push',
  'reflash',
] as const satisfies readonly (keyof Campaign & keyof CampaignInput)[]

/** The draft with the fields that are given, each as a whole. A name that nobody chose follows the package. */
export const editedCampaign = (
  ports: Creating,
  before: Campaign,
  changes: Partial<CampaignInput>,
  firmware: Firmware,
  sources: readonly string[],
): Campaign => {
  const { request: _request, ...fresh } = withDefaults(ports, { ...changes, firmware: firmware.id }, firmware)
  const kept = Object.fromEntries(editable.filter((field) => changes[field] === undefined).map((field) => [field, before[field]]))
  const { id, rev, createdAt, request } = before
  const named = changes.name === undefined && before.name !== defaultName(before) ? { name: before.name } : {}
  const edited: Campaign = { ...fresh, ...kept, ...named, id, rev, createdAt, ...(request === undefined ? {} : { request }) }
  return sound(ports, edited, (changes.phases ?? []).map(phaseOf), firmware, sources)
}
