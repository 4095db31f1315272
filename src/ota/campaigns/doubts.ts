// What of a campaign can be done and is probably a slip all the same: told, never refused.

import type { Campaign, DeviceKey } from '../model.ts'
import type { Store } from '../ports.ts'

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

/**
 * Sentences, each with the field that it is about. Ask before the campaign starts: named devices are made known then.
 * `targets`: how many it has, where that is known.
 */
export const doubtsOf = (store: Pick<Store, 'device'>, campaign: Campaign, now: number, targets?: number): readonly string[] => {
  const { status, target, schedule } = campaign
  const unknown = (keys: readonly DeviceKey[]): readonly DeviceKey[] => keys.filter((key) => store.device(key) === undefined)
  const [devices, excluded] = [unknown(target.devices), unknown(target.exclude)]
  const doubts: string[] = []
  if (devices.length > 0) doubts.push(`target.devices: ${named(devices)} so far, and will be updated once there; check the spelling.`)
  if (excluded.length > 0) doubts.push(`target.exclude: ${named(excluded)}, so that nobody is left out by that; check the spelling.`)
  if (status === 'draft' && schedule.startAt !== null && schedule.startAt < now)
    doubts.push('schedule.startAt has passed: it starts as soon as it is told to.')
  const count = targets === undefined ? null : countDoubt(campaign, targets)
  return count === null ? doubts : [...doubts, count]
}
