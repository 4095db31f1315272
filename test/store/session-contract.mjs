// The session store's contract, as aedes-persistence publishes it, over sessions in the store's directory.
// Run by level.test.ts in a process of its own, since the contract is written for Node's own test runner.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import contract from 'aedes-persistence/abstract.js'
import levelPersistence from 'aedes-persistence-level'
import { openLevel } from '../../dist/store/level.js'

const opened = []

contract({
  test,
  waitForReady: true,
  persistence: async () => {
    const directory = await mkdtemp(join(tmpdir(), 'fogbell-sessions-'))
    const { batches, sessions } = await openLevel(directory)
    opened.push({ batches, directory })
    return levelPersistence(sessions)
  },
})

test.after(async () => {
  for (const { batches, directory } of opened) {
    await batches.close()
    await rm(directory, { recursive: true, force: true })
  }
})
