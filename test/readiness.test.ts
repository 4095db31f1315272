import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createServiceNotice } from '../src/readiness.ts'
import { createRecordingLog, type LogEntry } from './support/recording-log.ts'
import { until } from './support/until.ts'

let directory: string
let entries: LogEntry[]

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fogbell-notice-'))
  entries = []
})
afterEach(() => rm(directory, { recursive: true, force: true }))

/** A program in place of systemd-notify, which writes what it was given to a file, and ends with that status. */
const programThatEndsWith = async (status: number): Promise<void> => {
  const program = join(directory, 'systemd-notify')
  await writeFile(program, `#!/bin/sh\nprintf '%s|' "$NOTIFY_SOCKET" "$@" >>"${directory}/told"\necho why >&2\nexit ${status}\n`)
  await chmod(program, 0o755)
}
const told = (): Promise<string> => readFile(join(directory, 'told'), 'utf8').catch(() => '')
const notice = (env: Record<string, string>) => createServiceNotice({ PATH: directory, ...env }, createRecordingLog(entries))

test('the manager is told that the server is ready, with a status, and that it stops', async () => {
  await programThatEndsWith(0)
  const { ready, stopping } = notice({ NOTIFY_SOCKET: '/run/notify' })
  ready('ready, mqtt://127.0.0.1:1883')
  await until(async () => (await told()) === '/run/notify|--ready|--status=ready, mqtt://127.0.0.1:1883|')
  stopping()
  await until(async () => (await told()).endsWith('|/run/notify|STOPPING=1|STATUS=stopping|'))
  expect(entries).toEqual([])
})

test('without NOTIFY_SOCKET nothing is run', async () => {
  await programThatEndsWith(0)
  const { ready, stopping } = notice({})
  ready('ready')
  stopping()
  // One that has a socket, and was told later, has ended.
  notice({ NOTIFY_SOCKET: '@later' }).ready('later')
  await until(async () => (await told()) !== '')
  expect(await told()).toBe('@later|--ready|--status=later|')
})

test.each([
  ['that fails', () => programThatEndsWith(1), /why/],
  ['that is not installed', () => Promise.resolve(), /ENOENT/],
])('a systemd-notify %s is a warning with the remedy', async (_, prepare, why) => {
  await prepare()
  notice({ NOTIFY_SOCKET: '/run/notify' }).ready('ready')
  await until(() => entries.length > 0)
  expect(entries).toMatchObject([{ level: 'warn', fields: { socket: '/run/notify', why: expect.stringMatching(why) } }])
  expect(entries[0]?.message).toContain('install it (package systemd), or set Type=exec')
})
