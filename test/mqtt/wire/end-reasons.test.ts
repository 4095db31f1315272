// Which ends of connections are counted as refusals, and which are ordinary.

import { expect, test } from 'vitest'
import { faultReason } from '../../../src/mqtt/wire/end-reasons.ts'
import { wireFault } from '../../../src/mqtt/wire/packets.ts'

test.each([
  ['keep alive timeout', {}, null],
  ['connection closed', {}, null],
  ['read ECONNRESET', { code: 'ECONNRESET' }, null],
  ['bad password', { errorCode: 4 }, null],
  ['the report could not be recorded', { name: 'NotStored' }, null],
  ['the client does not read', { name: 'TooSlow' }, null],
  ['announced a packet of 5 bytes', wireFault('packet_too_large', 'MQTT-2.2.3', ''), 'packet_too_large'],
  ['connect did not arrive in time', {}, 'no_connect'],
  ['write EPIPE', { code: 'EPIPE' }, null],
  ['Invalid protocol', {}, 'malformed'],
  ['# is not allowed in PUBLISH', {}, 'malformed'],
])('%s %j: %s', (message, fields, reason) => expect(faultReason(Object.assign(new Error(message), fields))).toBe(reason))
