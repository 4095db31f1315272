// Messages of devices that cannot be used: counted, logged with the reason, shown to those who watch the device, and acknowledged.

import { sentence } from '../../sentences/sentence.ts'
import type { DropReason } from '../dialects/dialect.ts'
import type { DeviceKey } from '../model.ts'
import { refusedMessage } from '../rules/refused-message.ts'
import type { Ports } from './context.ts'

/** Devices say it once, at boot: what is not read of it is missing from then on. */
const needsOperator: ReadonlySet<DropReason> = new Set(['too_large', 'too_many_elements'])

export const drop = (
  { meter, log, events }: Pick<Ports, 'meter' | 'log' | 'events'>,
  device: DeviceKey,
  reason: DropReason,
  detail: string,
): void => {
  meter.count('dropped', reason)
  if (needsOperator.has(reason)) log.warn({ device, reason, detail }, 'did not read all that a device sent')
  else log.info({ device, reason, detail }, 'dropped a message of a device')
  if (events.watches(device)) events.emit(refusedMessage(device, sentence('message_dropped', { reason, detail })))
}
