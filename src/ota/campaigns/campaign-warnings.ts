// Settings of a campaign that are allowed and probably a mistake: there is a warning, never a refusal.

import { sentence } from '../../sentences/sentence.ts'
import type { Warning } from '../inputs.ts'
import type { Campaign, DeviceKey } from '../model.ts'
import type { Reads } from '../ports/store.ts'
import { defaultAbort } from '../rules/abort.ts'

const mostNamed = 3

const namesWarning = (path: string, code: 'targets_unknown' | 'excluded_unknown', keys: readonly DeviceKey[]): readonly Warning[] => {
  const count = keys.length
  return count === 0
    ? []
    : [{ path, said: sentence(code, { devices: keys.slice(0, mostNamed), more: Math.max(0, count - mostNamed), count }) }]
}

/** A count larger than the number of targets; in a continuous campaign it fills up. */
const countWarning = ({ phases, target }: Campaign, targets: number): readonly Warning[] => {
  const index = target.continuous ? -1 : phases.findIndex(({ count }) => count !== null && count > targets)
  if (index < 0) return []
  const said = sentence('phase_count_beyond_targets', { count: phases[index]?.count ?? 0, targets, after: phases.length - 1 - index })
  return [{ path: `phases[${index}].count`, said }]
}

/** Versions that no device of the product runs. */
const sourceWarning = (reads: Pick<Reads, 'devices'>, { target, product, module }: Campaign): readonly Warning[] => {
  const missing = new Set(target.continuous ? [] : target.from)
  if (missing.size === 0) return []
  for (const device of reads.devices()) {
    if (device.product !== product) continue
    for (const { name, version } of device.modules) if (name === module) missing.delete(version)
    if (missing.size === 0) return []
  }
  return [{ path: 'target.from', said: sentence('source_versions_unknown', { versions: [...missing] }) }]
}

/** In a fleet of this size a single success says little. */
const large = 50

/** Settings of a phase that have no effect, and those that open it to a large fleet after a single success. */
const phaseWarnings = ({ phases }: Campaign, targets: number): readonly Warning[] => {
  const last = phases.length - 1
  return phases.flatMap(({ soakSeconds, minFinished, successPercent, onward }, index) => {
    if (index === last) return soakSeconds > 0 ? [{ path: `phases[${index}].soakSeconds`, said: sentence('last_phase_soak') }] : []
    const isQuick = targets >= large && minFinished === 1 && soakSeconds === 0 && onward === 'next' && successPercent > 0
    return isQuick ? [{ path: `phases[${index}].minFinished`, said: sentence('phase_opens_on_one_success') }] : []
  })
}

const ruleWarnings = ({ abort, target }: Campaign, targets: number): readonly Warning[] =>
  (target.continuous || targets === 0 || abort === defaultAbort ? [] : abort).flatMap(({ minFinished }, index) =>
    minFinished <= targets
      ? []
      : [{ path: `abort[${index}].minFinished`, said: sentence('abort_sample_beyond_targets', { minFinished, targets }) }],
  )

const startWarning = ({ status, schedule }: Campaign, now: number): readonly Warning[] =>
  status === 'draft' && schedule.startAt !== null && schedule.startAt < now
    ? [{ path: 'schedule.startAt', said: sentence('start_has_passed') }]
    : []

/** Call before the campaign starts, which makes named devices known. `targets`: how many there are, if that is known. */
export const warningsOf = (
  reads: Pick<Reads, 'device' | 'devices'>,
  campaign: Campaign,
  now: number,
  targets?: number,
): readonly Warning[] => {
  const { target } = campaign
  const unknown = (keys: readonly DeviceKey[]): readonly DeviceKey[] => keys.filter((key) => reads.device(key) === undefined)
  const warnings = [
    ...namesWarning('target.devices', 'targets_unknown', unknown(target.devices)),
    ...namesWarning('target.exclude', 'excluded_unknown', unknown(target.exclude)),
    ...startWarning(campaign, now),
    ...sourceWarning(reads, campaign),
  ]
  if (targets === undefined) return warnings
  return [...warnings, ...countWarning(campaign, targets), ...phaseWarnings(campaign, targets), ...ruleWarnings(campaign, targets)]
}
