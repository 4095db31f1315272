// The same contract for aedes-persistence-level, for comparison.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import contract from 'aedes-persistence/abstract.js'
import levelPersistence from 'aedes-persistence-level'
import { Level } from 'level'

const directories = []

contract({
  test,
  waitForReady: true,
  persistence: async () => {
    const directory = await mkdtemp(join(tmpdir(), 'fogbell-reference-'))
    directories.push(directory)
    return levelPersistence(new Level(directory, { valueEncoding: 'json' }))
  },
})

test.after(() => Promise.all(directories.map((directory) => rm(directory, { recursive: true, force: true }))))
