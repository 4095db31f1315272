// What of a campaign can be done and is probably a slip all the same: told, never refused.

import type { Campaign, DeviceKey } from '../model.ts'
import type { Reads } from '../ports/store.ts'
import { defaultAbort } from '../rules/abort.ts'

const mostNamed = 3

const named = (keys: readonly DeviceKey[]): string => {
  const rest = keys.length - mostNamed
  return `${keys.slice(0, mostNamed).join(', ')}${rest > 0 ? ` and ${rest} more` : ''} ${keys.length === 1 ? 'is' : 'are'} not known`
}

/** A count that there are not so many targets for; one that goes on for later devices fills up. */
const countDoubt = ({ phases, target }: Campaign, targets: number): string | null => {
  const index = target.continuous ? -1 : phases.findIndex(({ count }) => count !== null && count > targets)
  const rest = phases.length - 1 - index
  if (index < 0) return null
  const all = targets === 1 ? 'the 1 target there is' : `the ${targets} targets there are`
  const after = rest === 0 ? '' : `, and ${rest === 1 ? 'the phase after it is' : `the ${rest} phases after it are`} for nobody`
  return `phases[${index}].count: ${phases[index]?.count} is more than ${all}, so that it takes all that are left${after}.`
}

/** Versions that no device of the product runs. */
const sourceDoubt = (reads: Pick<Reads, 'devices'>, { target, product, module }: Campaign): string | null => {
  const missing = new Set(target.continuous ? [] : target.from)
  if (missing.size === 0) return null
  for (const device of reads.devices()) {
    if (device.product !== product) continue
    for (const { name, version } of device.modules) if (name === module) missing.delete(version)
    if (missing.size === 0) return null
  }
  const versions = [...missing]
  return `target.from: no device runs ${versions.join(' or ')} now; check the spelling.`
}

/** In a fleet so large a single success says little. */
const large = 50

/** What a phase says that nothing comes of, and what lets a large fleet through on a single success. */
const phaseDoubts = ({ phases }: Campaign, targets: number): readonly string[] => {
  const last = phases.length - 1
  return phases.flatMap(({ soakSeconds, minFinished, successPercent, onward }, index) => {
    if (index === last) return soakSeconds > 0 ? [`phases[${index}].soakSeconds: no phase comes after it, so that it does not soak.`] : []
    const isQuick = targets >= large && minFinished === 1 && soakSeconds === 0 && onward === 'next' && successPercent > 0
    return isQuick
      ? [
          `phases[${index}].minFinished: the next phase opens as soon as 1 device has succeeded and none failed; say how many are to finish.`,
        ]
      : []
  })
}

const ruleDoubts = ({ abort, target }: Campaign, targets: number): readonly string[] =>
  (target.continuous || targets === 0 || abort === defaultAbort ? [] : abort).flatMap(({ minFinished }, index) =>
    minFinished <= targets
      ? []
      : [`abort[${index}].minFinished: ${minFinished} is more than all ${targets} targets, so that the rule never fires.`],
  )

/**
 * Sentences, each with the field that it is about. Ask before the campaign starts: named devices are made known then.
 * `targets`: how many it has, where that is known.
 */
export const doubtsOf = (
  reads: Pick<Reads, 'device' | 'devices'>,
  campaign: Campaign,
  now: number,
  targets?: number,
): readonly string[] => {
  const { status, target, schedule } = campaign
  const unknown = (keys: readonly DeviceKey[]): readonly DeviceKey[] => keys.filter((key) => reads.device(key) === undefined)
  const [devices, excluded] = [unknown(target.devices), unknown(target.exclude)]
  const doubts: string[] = []
  if (devices.length > 0) doubts.push(`target.devices: ${named(devices)} so far, and will be updated once there; check the spelling.`)
  if (excluded.length > 0) doubts.push(`target.exclude: ${named(excluded)}, so that nobody is left out by that; check the spelling.`)
  if (status === 'draft' && schedule.startAt !== null && schedule.startAt < now)
    doubts.push('schedule.startAt has passed: it starts as soon as it is told to.')
  const sources = sourceDoubt(reads, campaign)
  if (sources !== null) doubts.push(sources)
  if (targets === undefined) return doubts
  const count = countDoubt(campaign, targets)
  return [...doubts, ...(count === null ? [] : [count]), ...phaseDoubts(campaign, targets), ...ruleDoubts(campaign, targets)]
}
