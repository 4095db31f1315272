// What is counted of the ends of connections, and what is an ordinary end.

import { expect, test } from 'vitest'
import { faultReason } from '../../src/mqtt/faults.ts'

test.each([
  ['keep alive timeout', {}, null],
  ['drain timeout', {}, null],
  ['connection closed', {}, null],
  ['read ECONNRESET', { code: 'ECONNRESET' }, null],
  ['bad password', { errorCode: 4 }, null],
  ['the report could not be recorded', { name: 'Unrecorded' }, null],
  ['announced a packet of 5 bytes', { name: 'WireFault' }, 'packet_too_large'],
  ['unacceptable protocol version', { errorCode: 1 }, 'protocol_version'],
  ['connect did not arrive in time', {}, 'no_connect'],
  ['no such packet', {}, 'session'],
  ['Database is not open', { code: 'LEVEL_DATABASE_NOT_OPEN' }, 'session'],
  ['Invalid protocol', {}, 'malformed'],
  ['# is not allowed in PUBLISH', {}, 'malformed'],
])('%s %j: %s', (message, fields, reason) => expect(faultReason(Object.assign(new Error(message), fields))).toBe(reason))
