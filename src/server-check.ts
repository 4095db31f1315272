// Settings that match their schema and still cannot be used. A part of the composition root; opens nothing.

import { checkValidity } from './certificates.ts'
import { checkBroker } from './mqtt/broker.ts'
import type { Settings } from './settings.ts'

/** Checks values that the schema cannot check; OTA_BAD_SETTINGS names each fault with its path. */
export const checkSettings = (settings: Settings): void => {
  checkBroker(settings.mqtt)
  checkValidity(settings, Date.now())
}
