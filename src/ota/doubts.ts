// What of a campaign can be done and is probably a slip all the same: told, never refused.

import type { Campaign, DeviceKey } from './model.ts'
import type { Store } from './ports.ts'

const mostNamed = 3

const named = (keys: readonly DeviceKey[]): string => {
  const rest = keys.length - mostNamed
  return `${keys.slice(0, mostNamed).join(', ')}${rest > 0 ? ` and ${rest} more` : ''} ${keys.length === 1 ? 'is' : 'are'} not known`
}

/** Sentences, each with the field that it is about. Ask before the campaign starts: named devices are made known then. */
export const doubtsOf = (store: Pick<Store, 'device'>, { status, target, schedule }: Campaign, now: number): readonly string[] => {
  const unknown = (keys: readonly DeviceKey[]): readonly DeviceKey[] => keys.filter((key) => store.device(key) === undefined)
  const [devices, excluded] = [unknown(target.devices), unknown(target.exclude)]
  const doubts: string[] = []
  if (devices.length > 0) doubts.push(`target.devices: ${named(devices)} so far, and will be updated once there; check the spelling.`)
  if (excluded.length > 0) doubts.push(`target.exclude: ${named(excluded)}, so that nobody is left out by that; check the spelling.`)
  if (status === 'draft' && schedule.startAt !== null && schedule.startAt < now)
    doubts.push('schedule.startAt has passed: it starts as soon as it is told to.')
  return doubts
}
