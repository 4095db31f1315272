// What a device sent and nobody can use: counted, logged with its reason, told to whoever watches; acknowledged all the same.

import type { DropReason } from '../messages/protocol.ts'
import type { DeviceKey } from '../model.ts'
import type { Core } from './core.ts'

export const drop = (core: Core, device: DeviceKey, reason: DropReason, detail: string): void => {
  core.meter.count('dropped', reason)
  core.log.info({ device, reason, detail }, 'dropped a message of a device')
  if (core.events.watches(device)) core.events.emit({ type: 'message', device, direction: 'refused', text: `${reason}: ${detail}` })
}
