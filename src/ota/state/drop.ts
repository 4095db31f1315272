// Messages of devices that cannot be used: counted, logged with the reason, shown to those who watch the device, and acknowledged.

import type { DropReason } from '../dialects/dialect.ts'
import type { DeviceKey } from '../model.ts'
import type { Ports } from './context.ts'

export const drop = (
  { meter, log, events }: Pick<Ports, 'meter' | 'log' | 'events'>,
  device: DeviceKey,
  reason: DropReason,
  detail: string,
): void => {
  meter.count('dropped', reason)
  log.info({ device, reason, detail }, 'dropped a message of a device')
  if (events.watches(device)) events.emit({ type: 'message', device, direction: 'refused', text: `${reason}: ${detail}` })
}
