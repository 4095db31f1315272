// Devices at test stations: while one is held, no other campaign offers to it or matches it (holds.ts, matching.ts). In memory only.

import type { Device, DeviceKey } from '../model.ts'
import { moduleKey } from '../state/connections.ts'
import type { Context, Part } from '../state/context.ts'
import { notifyAgain } from './dispatch.ts'

/** `StationOperations.hold`. */
export const hold = ({ queue }: Part<'queue'>, device: DeviceKey): void => void queue.held.add(device)

/** What was offered before and was to be offered again meanwhile: at once where the device has reported, else by the rule of silence. */
const notifyHeld = (context: Context, device: Device): void => {
  const { ports, connections, clocks } = context
  const state = connections.via(device)
  if (state?.subscribed.has('ota') !== true) return
  const due = ports.reads
    .openTasksOf(device.key)
    .filter(({ state: of, module }) => of !== 'queued' && state.reported.has(moduleKey(device.key, module)))
  notifyAgain(context, due).catch((error: unknown) => ports.log.error({ err: error, device: device.key }, 'could not notify a device'))
  clocks.silences.set(state.connection.device, ports.now())
}

/** `StationOperations.free`: what has waited has its turn. */
export const free = (context: Context, key: DeviceKey): void => {
  const { ports, connections, queue, wake } = context
  if (!queue.held.delete(key)) return
  const device = ports.reads.device(key)
  if (device === undefined) return
  for (const { campaign } of ports.reads.openTasksOf(key)) wake.turn(campaign)
  if (ports.reads.waitingOf(key).length > 0) wake.decide(key)
  // As after any change of its record: one that has never reported is matched once it has had time to.
  if (device.modules.length > 0 || connections.of(key) !== undefined) wake.rematch(key)
  notifyHeld(context, device)
}
