// fogbell demo up to the start of its processes, which run bin/fogbell.js; .ci/run plays all of it.

import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Io, processIo } from '../../src/cli/io.ts'
import { run } from '../../src/cli/main.ts'
import { createCliTerminalFixture } from '../support/cli-terminal-fixture.ts'

test('without a folder for temporary data it says which one, why, and what to set', async () => {
  const terminal = createCliTerminalFixture({ env: { TMPDIR: '/nonexistent' } })
  expect(await terminal.run('demo')).toBe(1)
  expect(terminal.out()).toBe('')
  expect(terminal.err()).toMatch(
    /^fogbell: the demo keeps its temporary data in \/nonexistent, .*: ENOENT.*; set TMPDIR to .*\(OTA_DATA_DIR\)\n$/,
  )
})

test('it says beforehand what will happen, and a signal ends it with nothing left behind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fogbell-cli-demo-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const written = { out: '', err: '' }
  let signal = (): void => undefined
  const io: Io = {
    ...processIo(),
    env: { TMPDIR: folder },
    stdout: {
      write(text) {
        written.out += text
        if (text.includes('starting a server')) queueMicrotask(signal)
      },
    },
    stderr: {
      write(text) {
        written.err += text
      },
    },
    onSignal(name, listener) {
      if (name === 'SIGINT') signal = listener
      return () => undefined
    },
  }
  expect(await run(['demo'], io)).toBe(130)
  const [what, where] = written.out.split('\n')
  expect(what).toBe(
    'An update on this machine, in about 20 seconds: a server, 20 simulated devices of which 12 misbehave, and one campaign.',
  )
  expect(where).toContain(`the folder ${folder}/fogbell-demo-`)
  expect(written.err).toBe('interrupted: stopping the server and the devices …\n')
  expect(await readdir(folder)).toEqual([])
})

test('its help says what it does and how long it takes', async () => {
  const terminal = createCliTerminalFixture()
  expect(await terminal.run('demo', '--help')).toBe(0)
  expect(terminal.out()).toMatch(/a server, 20 simulated devices[\s\S]*about 20 seconds[\s\S]*leaves nothing behind/)
})
