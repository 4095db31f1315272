// Which events a stream is limited to. Pure.

import type { DeviceKey } from '../ota/model.ts'
import type { StationEvent } from '../station/ports.ts'
import type { ShownEvent } from './event-ring.ts'

/** undefined: any. Raw messages go only to subscribers that name their device. */
export interface EventFilter {
  readonly campaign?: number | undefined
  readonly device?: DeviceKey | undefined
  readonly only?: 'devices' | 'tasks' | 'campaigns' | 'stations' | undefined
  readonly product?: string | undefined
  /** What a device's name must match. */
  readonly name?: RegExp | undefined
  readonly among?: ReadonlySet<DeviceKey> | undefined
  /** The test station of which all that happens there is wanted, and nothing else. */
  readonly station?: string | undefined
  /** Whether raw messages are among them; false: never. */
  readonly messages?: boolean | undefined
}

const kinds = {
  device: 'devices',
  message: 'devices',
  task: 'tasks',
  campaign: 'campaigns',
  run: 'stations',
  scan: 'stations',
  station: 'stations',
} as const

/** Whether an event of that device is wanted; null: it names none. */
const wants = ({ product, name, among }: EventFilter, device: DeviceKey | null): boolean => {
  if (product === undefined && name === undefined && among === undefined) return true
  if (device === null) return false
  const slash = device.indexOf('/')
  return (
    (product === undefined || device.slice(0, slash) === product) &&
    (name === undefined || name.test(device.slice(slash + 1))) &&
    (among === undefined || among.has(device))
  )
}

/** Stations are no device's and no campaign's. */
const isOfStations = (event: ShownEvent): event is StationEvent => kinds[event.type] === 'stations'

const wantsStation = (filter: EventFilter, event: StationEvent): boolean => {
  const { station, campaign, device, only } = filter
  if (station !== undefined) return event.station === station
  if (only === 'stations') return true
  return only === undefined && campaign === undefined && device === undefined && wants(filter, null)
}

/** What a list is limited to. Campaigns have no device, so they pass what names devices. */
const isOfList = (filter: EventFilter, event: Exclude<ShownEvent, StationEvent>): boolean => {
  if (filter.only !== undefined && filter.only !== kinds[event.type]) return false
  return event.type === 'campaign' || wants(filter, event.type === 'task' ? event.task.device : event.device)
}

export const passes = (filter: EventFilter, event: ShownEvent): boolean => {
  const { campaign, device } = filter
  if (isOfStations(event)) return wantsStation(filter, event)
  if (filter.station !== undefined) return false
  if (!isOfList(filter, event)) return false
  const isOpen = campaign === undefined && device === undefined
  if (event.type === 'task') {
    return (campaign === undefined || event.task.campaign === campaign) && (device === undefined || event.task.device === device)
  }
  if (event.type === 'campaign') return isOpen || event.campaign === campaign
  if (event.type === 'device') return isOpen || event.device === device
  return event.device === device && filter.messages !== false
}
