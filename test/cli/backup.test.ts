// fogbell backup as a command: where it writes, what it refuses, and what is left after a failure. The server's answers are made up.

import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { run } from '../../src/cli/main.ts'
import { sampleBackup } from '../support/backup-samples.ts'
import { type CliTerminalFixture, createCliTerminalFixture } from '../support/cli-terminal-fixture.ts'

let directory: string
let server: Server
let terminal: CliTerminalFixture
/** Sends the answer. */
let answer: (end: (bytes: Buffer, more: boolean) => void) => void

const urlOf = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fogbell-cli-'))
  server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/x-tar' })
    answer((bytes, more) => {
      response.write(bytes, () => (more ? response.destroy() : response.end()))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  terminal = createCliTerminalFixture({ env: { FOGBELL_SERVER: urlOf(), FOGBELL_TOKEN: 'tok' } })
  const bytes = await sampleBackup()
  answer = (send) => send(bytes, false)
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rm(directory, { recursive: true, force: true })
})

const at = (name: string): string => join(directory, name)
const backup = (...args: string[]): Promise<number> => run(['backup', ...args], terminal.io)

test('it writes a file that only its owner reads, says what is in it and that it holds secrets', async () => {
  expect(await backup(at('b.tar'))).toBe(0)
  expect((await stat(at('b.tar'))).mode & 0o777).toBe(0o600)
  expect(await readdir(directory)).toEqual(['b.tar'])
  expect(terminal.out()).toContain('1 device, 1 package, 0 campaigns, 2 tasks, 1 retained message, 1 image')
  expect(terminal.out()).toContain('every secret')
  expect(await backup('--check', at('b.tar'))).toBe(0)
})

test('a restore says how to start a server on what it made: that of the package by its service', async () => {
  await backup(at('b.tar'))
  expect(await run(['restore', at('b.tar'), '--data', at('own')], terminal.io)).toBe(0)
  expect(terminal.out()).toContain(`Start it with: fogbell serve --data ${at('own')}\n`)
  expect(await run(['restore', at('b.tar'), '--data', at('service')], { ...terminal.io, serviceData: at('service') })).toBe(0)
  expect(terminal.out()).toContain('Start it with: systemctl start fogbell\n')
})

test('JSON for scripts, and the same of a check', async () => {
  expect(await backup(at('b.tar'), '--json')).toBe(0)
  const made = JSON.parse(terminal.out())
  expect(made).toMatchObject({ encrypted: false, version: '0.2.0', at: '2026-02-03T04:05:06.789Z', counts: { rows: 11, images: 1 } })
  const other = createCliTerminalFixture({ env: {} })
  expect(await run(['backup', '--check', at('b.tar'), '--json'], other.io)).toBe(0)
  expect(JSON.parse(other.out())).toEqual(made)
})

test('a file that exists is kept without --force, and replaced with it', async () => {
  await writeFile(at('b.tar'), 'mine')
  expect(await backup(at('b.tar'))).toBe(1)
  expect(await readFile(at('b.tar'), 'utf8')).toBe('mine')
  expect(await backup(at('b.tar'), '--force')).toBe(0)
  expect((await stat(at('b.tar'))).size).toBeGreaterThan(1000)
  expect(await backup('--check', at('b.tar'), '--force')).toBe(2)
})

test('standard output, directories and devices are refused', async () => {
  await mkdir(at('dir'))
  await symlink('/dev/null', at('link'))
  for (const target of ['-', at('dir'), at('link')]) expect(await backup(target), target).toBe(1)
  expect(terminal.err()).toContain('is not a regular file')
})

test('what ends early, is damaged or is none leaves nothing, and the old file stays', async () => {
  const bytes = await sampleBackup()
  const damaged = Buffer.from(bytes)
  damaged[700] = (damaged[700] ?? 0) ^ 1
  await writeFile(at('b.tar'), 'old')
  for (const [sent, more, said] of [
    [bytes.subarray(0, 3000), true, 'ended before the backup was whole'],
    [bytes.subarray(0, 3000), false, 'ended before the backup was whole'],
    [damaged, false, 'is damaged'],
    [Buffer.from('{"hello":1}'), false, 'is not a backup'],
  ] as const) {
    answer = (send) => send(sent, more)
    expect(await backup(at('b.tar'), '--force'), said).toBe(1)
    expect(terminal.err()).toContain(said)
    expect(await readdir(directory)).toEqual(['b.tar'])
    expect(await readFile(at('b.tar'), 'utf8')).toBe('old')
  }
})

test('what killed backups left is removed, and that of others is not', async () => {
  const dead = 'b.tar.4194303999.partial'
  for (const name of [dead, `b.tar.${process.ppid}.partial`, 'c.tar.4194303999.partial']) await writeFile(at(name), 'half')
  expect(await backup(at('b.tar'))).toBe(0)
  expect((await readdir(directory)).sort()).toEqual(['b.tar', `b.tar.${process.ppid}.partial`, 'c.tar.4194303999.partial'])
})

test('with a passphrase nothing of it can be read without', async () => {
  await writeFile(at('pass'), 'a passphrase\n')
  await writeFile(at('wrong'), 'another')
  await writeFile(at('empty'), '\n')
  expect(await backup(at('b'), '--passphrase-file', at('empty'))).toBe(2)
  expect(await backup(at('b'), '--passphrase-file', at('pass'))).toBe(0)
  expect((await readFile(at('b'))).includes('device/')).toBe(false)
  expect(await backup('--check', at('b'))).toBe(1)
  expect(await backup('--check', at('b'), '--passphrase-file', at('wrong'))).toBe(1)
  expect(terminal.err()).toMatch(/is empty.*is encrypted.*does not belong to/s)
})

test('a directory that is not there is named, and so is a restore without one', async () => {
  expect(await backup(at('none/b.tar'))).toBe(1)
  expect(terminal.err()).toContain('could not be written to')
  expect(await run(['restore', at('b.tar')], terminal.io)).toBe(2)
})
