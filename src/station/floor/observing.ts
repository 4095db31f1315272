// What the core reports, as events of runs: boards that come and go, what they report, and how their updates go on.

import type { DeviceKey, Task } from '../../ota/model.ts'
import type { Event } from '../../ota/ports/observers.ts'
import { slotOfAddress } from '../rules/blocks.ts'
import { verdictOf } from '../rules/verdicts.ts'
import type { Run } from '../run-model.ts'
import type { Floor } from './floor.ts'
import { runOfDevice } from './floor.ts'
import { reportedTarget } from './reported-target.ts'
import { keep, ofSecret } from './running.ts'

type DeviceEvent = Extract<Event, { type: 'device'; device: DeviceKey }>

const productOf = (device: DeviceKey): string => device.slice(0, device.indexOf('/'))
const nameOf = (device: DeviceKey): string => device.slice(device.indexOf('/') + 1)

/** Whose address the board has; null: of no slot of the station, or not known. */
const slotOf = ({ rows }: Floor, run: Run, address: string | undefined): number | null => {
  const station = rows.memory.stations.get(run.station)
  return station === undefined || address === undefined ? null : slotOfAddress(station, address)
}

/** Whether the board can be in the slot of the run: where addresses of slots are known, it has to have that of the slot. */
const mayBeIn = (floor: Floor, run: Run, address: string | undefined): boolean => {
  const blocks = floor.rows.memory.stations.get(run.station)?.slotAddresses ?? []
  return blocks.length === 0 || slotOf(floor, run, address) === run.slot
}

const waiting = ({ rows }: Floor): readonly Run[] => [...rows.memory.openRuns.values()].filter(({ state }) => state === 'waiting')

/** A board without an identity of its own; two of them throw each other off. */
const factoryVerdict = ({ outside }: Floor, device: DeviceKey) =>
  outside.core.connections.isContended(device) ? verdictOf('CONTENDED', {}) : verdictOf('FACTORY_NAME', {})

/** A board that no run waits for by name. */
const stranger = async (floor: Floor, device: DeviceKey, address: string | undefined, since: number): Promise<void> => {
  const isNear = (run: Run): boolean => run.product === productOf(device) || nameOf(run.device ?? '') === nameOf(device)
  const candidates = waiting(floor).filter((run) => isNear(run) && mayBeIn(floor, run, address))
  if (candidates.length === 0) return
  const isFactory = floor.outside.settings.factoryNames.includes(nameOf(device))
  // The disk is asked only where the next board is waited for: a whole fleet may connect while one board is.
  const mayBeNext = !isFactory && candidates.some((run) => run.device === null)
  const unit = mayBeNext ? await floor.rows.queries.unitOfDevice(device) : undefined
  for (const run of candidates) {
    if (run.product !== productOf(device)) {
      keep(floor, run.id, { type: 'fails', verdict: verdictOf('WRONG_PRODUCT', { product: run.product }) })
      continue
    }
    if (isFactory && candidates.length === 1) keep(floor, run.id, { type: 'fails', verdict: factoryVerdict(floor, device) })
    else if (isFactory || run.device !== null || unit !== undefined) keep(floor, run.id, { type: 'other', device })
    else if (!floor.byDevice.has(device)) {
      keep(floor, run.id, { type: 'connected', device, since, address: address ?? null, slot: slotOf(floor, run, address) })
      return
    }
  }
}

const connected = (floor: Floor, { device, address }: DeviceEvent): void => {
  const run = runOfDevice(floor, device)
  const since = floor.outside.core.connections.since(device) ?? floor.outside.now()
  if (run !== undefined) {
    const open = floor.open.get(run.id)
    const hasTarget = open !== undefined && reportedTarget(floor, open, since).runs === 'target'
    keep(floor, run.id, { type: 'connected', device, since, address: address ?? null, slot: slotOf(floor, run, address), hasTarget })
    return
  }
  stranger(floor, device, address, since).catch((err: unknown) =>
    floor.outside.log.error({ err, device }, 'a board could not be compared with the runs that wait'),
  )
}

const ofDevice = (floor: Floor, event: DeviceEvent): void => {
  if (event.what === 'connected') {
    if (floor.open.size > 0) connected(floor, event)
    return
  }
  const id = floor.byDevice.get(event.device)
  if (id === undefined) return
  // One that another took the place of has not left; where that went on before the run began, it is not noted again.
  const isSuperseded = event.detail === 'superseded'
  if (event.what === 'disconnected' && !isSuperseded) keep(floor, id, { type: 'disconnected' })
  if (event.what === 'disconnected' && isSuperseded && floor.outside.core.connections.isContended(event.device))
    keep(floor, id, { type: 'fails', verdict: verdictOf('CONTENDED', {}) })
  if (event.what === 'reported') keep(floor, id, { type: 'reported' })
  if (event.what === 'contended') keep(floor, id, { type: 'fails', verdict: verdictOf('CONTENDED', {}) })
}

const refused = (floor: Floor, device: DeviceKey | null, reason: string): void => {
  const id = device === null ? undefined : floor.byDevice.get(device)
  if (id !== undefined) keep(floor, id, { type: 'refused', reason, isSecret: ofSecret.has(reason) })
}

const ofTask = (floor: Floor, task: Task): void => {
  const id = floor.byDevice.get(task.device)
  const open = id === undefined ? undefined : floor.open.get(id)
  if (id === undefined || open === undefined) return
  if (task.endedAt !== null) open.endedTasks.set(task.id, task)
  keep(floor, id, { type: 'task' })
}

/** Called for each event of the core, most of which are about no run: it must cost them nothing. */
export const observe = (floor: Floor, event: Event): void => {
  if (floor.open.size === 0) return
  if (event.type === 'task') ofTask(floor, event.task)
  else if (event.type === 'device') {
    if (event.what === 'refused') refused(floor, event.device, event.reason)
    else ofDevice(floor, event)
  }
}
