// Refused connections by reason and address: a board that is set wrong tries a hundred times, and is one thing to look after. Pure.

import type { KeptRefusal } from '../ota/ports/operators.ts'
import { connectionSentence } from '../ota/rules/connection-sentence.ts'
import { isoTime } from './iso-time.ts'
import type { RefusalGroupJson } from './schemas.ts'
import { saidView } from './sentence-views.ts'

/** So many devices and client ids of a group are named. */
const mostNamed = 10

interface Group {
  readonly reason: string
  readonly address: string
  readonly newest: number
  oldest: number
  count: number
  readonly devices: Set<string>
  readonly clients: Set<string>
}

const addTo = (group: Group, { at, device, clientId }: KeptRefusal): void => {
  group.count += 1
  group.oldest = Math.min(group.oldest, at)
  if (device !== null) group.devices.add(device)
  if (clientId !== null) group.clients.add(clientId)
}

const groupView = ({ reason, address, count, newest, oldest, devices, clients }: Group): RefusalGroupJson => ({
  reason,
  ...saidView(connectionSentence({ what: 'refused', reason })),
  address,
  count,
  first: isoTime(oldest),
  last: isoTime(newest),
  devices: [...devices].slice(0, mostNamed),
  deviceCount: devices.size,
  clientIds: [...clients].slice(0, mostNamed),
  clientIdCount: clients.size,
})

/** Of refusals that are given newest first; those of most refusals first. */
export const refusalGroups = (refusals: readonly KeptRefusal[]): readonly RefusalGroupJson[] => {
  const groups = new Map<string, Group>()
  for (const refusal of refusals) {
    const { reason, address, at } = refusal
    const key = `${reason} ${address}`
    const group = groups.get(key) ?? { reason, address, newest: at, oldest: at, count: 0, devices: new Set(), clients: new Set() }
    addTo(group, refusal)
    groups.set(key, group)
  }
  return [...groups.values()].sort((one, other) => other.count - one.count || other.newest - one.newest).map(groupView)
}
