// The contract of session stores that aedes-persistence publishes, for Fogbell's store in a temporary directory. contract.test.ts runs it
// in a separate process, since the contract is written for Node's test runner.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import contract from 'aedes-persistence/abstract.js'
import { openLevel } from '../../../dist/store/level.js'
import { createPersistence } from './adapter.mjs'

/** Cases that are skipped, and why. */
const leftOut = {
  'store and look up a subscription with an MQTT 5.0 subscription identifier': 'MQTT 5',
  'add outgoing packet as a string and stream': 'a payload is bytes',
  'update to publish w/ same messageId': 'two messages are never in flight under one packet id',
  'add incoming packet, get it, and clear with messageId':
    'a message received at QoS 2 is routed at once: its id is kept until PUBREL, not its bytes',
}

const opened = []

contract({
  testAsync: true,
  test: (name, run) => (name in leftOut ? test(name, { skip: leftOut[name] }, run) : test(name, run)),
  persistence: async () => {
    const directory = await mkdtemp(join(tmpdir(), 'fogbell-contract-'))
    const { batches, sessions } = await openLevel(directory)
    opened.push({ batches, directory })
    return createPersistence(sessions)
  },
})

test.after(async () => {
  for (const { batches, directory } of opened) {
    await batches.close()
    await rm(directory, { recursive: true, force: true })
  }
})
