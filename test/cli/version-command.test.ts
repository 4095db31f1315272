// fogbell version, from a source tree; test/e2e/ asks the single file and the npm package.

import { expect, test } from 'vitest'
import { packageVersion } from '../../src/bundled.ts'
import { createCliTerminalFixture } from '../support/cli-terminal-fixture.ts'

const { arch, platform, versions } = process

test('--json has version, Node.js, platform, kind, and null for what a source tree does not know', async () => {
  const terminal = createCliTerminalFixture()
  expect(await terminal.run('version', '--json')).toBe(0)
  const facts = { version: packageVersion(), node: versions.node, arch, platform, kind: 'source', builtFrom: null }
  expect(terminal.jsonLines()).toEqual([facts])
})

test('people get the same as lines, and --version stays the bare number', async () => {
  const terminal = createCliTerminalFixture()
  expect(await terminal.run('version')).toBe(0)
  expect(terminal.out().split('\n')).toEqual([
    `fogbell     ${packageVersion()}`,
    `Node.js     ${versions.node}`,
    `platform    ${platform} ${arch}`,
    'kind        a source tree',
    'built from  a source tree',
    '',
  ])
  const bare = createCliTerminalFixture()
  expect(await bare.run('--version')).toBe(0)
  expect(bare.out()).toBe(`${packageVersion()}\n`)
})
