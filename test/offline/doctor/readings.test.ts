// What doctor makes of readings of the machine that a test cannot bring about: full and read-only disks, clocks, limits, owners, tables of
// sockets.

import { chown, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Finding } from '../../../src/finding.ts'
import { type ClockReading, clockFindings } from '../../../src/offline/doctor/clock-findings.ts'
import { descriptorFindings } from '../../../src/offline/doctor/descriptor-findings.ts'
import { type DiskReading, diskFindings } from '../../../src/offline/doctor/disk-findings.ts'
import { filesIn, hiddenFindings, type PathStep } from '../../../src/offline/doctor/hidden-findings.ts'
import { takenFinding } from '../../../src/offline/doctor/port-findings.ts'
import { listeningIn } from '../../../src/offline/doctor/processes.ts'
import { type Entry, ownerOf, readEntries, rightsFindings } from '../../../src/offline/doctor/rights-findings.ts'
import { serverFindings } from '../../../src/offline/doctor/running-server.ts'
import { shellWord } from '../../../src/offline/doctor/shell-word.ts'
import { say } from '../../../src/sentences/sentence.ts'

const saidOf = (findings: readonly Finding[]): readonly string[] => findings.map(({ result, said }) => `${result} ${said.code}`)

const GiB = 2 ** 30
const disk = (changes: Partial<DiskReading>): readonly string[] =>
  saidOf(diskFindings('/data', { free: 50 * GiB, size: 100 * GiB, freeInodes: 1000, inodes: 10_000, readOnly: false, ...changes }))

test.each([
  ['half full', {}, ['ok doctor_disk_ok']],
  ['less than a tenth free', { free: 9.9 * GiB }, ['warning doctor_disk_low']],
  ['a small disk with less than a GiB free', { size: 2 * GiB, free: 0.9 * GiB }, ['warning doctor_disk_low']],
  ['full', { free: 0 }, ['fault doctor_disk_full']],
  ['read-only', { readOnly: true }, ['fault doctor_disk_read_only', 'ok doctor_disk_ok']],
  ['no inodes left', { freeInodes: 0 }, ['ok doctor_disk_ok', 'fault doctor_disk_inodes']],
  ['a file system without a bound of inodes', { freeInodes: 0, inodes: 0 }, ['ok doctor_disk_ok']],
])('a disk: %s', (_what, changes, expected) => {
  expect(disk(changes)).toEqual(expected)
})

const now = Date.UTC(2026, 5, 1)
const clock = (changes: Partial<ClockReading>): readonly string[] =>
  saidOf(clockFindings({ now, stored: now - 1000, newestFile: now - 1000, program: now - 86_400_000, synchronized: null, ...changes }))

test.each([
  ['right', {}, 'ok doctor_clock_ok'],
  ['a minute behind the store, as after a correction', { stored: now + 60_000 }, 'ok doctor_clock_ok'],
  ['behind the store', { stored: now + 60_001 }, 'fault doctor_clock_behind_store'],
  ['behind the newest file', { newestFile: now + 3_600_000 }, 'fault doctor_clock_behind_files'],
  ['before the program was built', { stored: null, newestFile: null, program: now + 86_400_000 }, 'fault doctor_clock_behind_program'],
  ['set by nothing', { synchronized: false }, 'warning doctor_clock_unsynchronized'],
])('a clock: %s', (_what, changes, expected) => {
  expect(clock(changes)).toEqual([expected])
})

test.each([
  [{ limit: 1000, open: 10, wanted: 900 }, 'ok doctor_descriptors_ok'],
  [{ limit: 1000, open: 901, wanted: 900 }, 'fault doctor_descriptors_used'],
  [{ limit: 1000, open: 10, wanted: 1001 }, 'warning doctor_descriptors_few'],
  [{ limit: 255, open: null, wanted: 10 }, 'fault doctor_descriptors_none'],
  [{ limit: null, open: null, wanted: 10 }, 'skipped doctor_descriptors_unknown'],
])('descriptors: %o', (reading, expected) => {
  expect(saidOf(descriptorFindings({ ...reading, isServer: true }))).toEqual([expected])
})

const entry = (name: string, changes: Partial<Entry> = {}): Entry => ({ name, uid: 7, mode: 0o600, isDirectory: false, ...changes })
const folder = (name: string, changes: Partial<Entry> = {}): Entry => entry(name, { mode: 0o700, isDirectory: true, ...changes })
const rights = (...entries: readonly Entry[]): readonly string[] =>
  saidOf(rightsFindings('/data', { entries, unseen: null }, { uid: 7, account: 'fogbell' }))

test.each([
  ['as a server makes them', [folder(''), entry('admin.token'), folder('store')], 'ok doctor_rights_ok'],
  ['a file of another user', [folder(''), entry('store/LOCK', { uid: 0 })], 'fault doctor_rights_foreign'],
  ['a directory that may not be written', [folder('', { mode: 0o500 })], 'fault doctor_rights_locked'],
  ['a file that may not be read', [folder(''), entry('instance.json', { mode: 0o200 })], 'fault doctor_rights_locked'],
  ['a token that others may read', [folder('', { mode: 0o755 }), entry('admin.token', { mode: 0o644 })], 'fault doctor_rights_exposed'],
  ['a token that the group may read', [folder('', { mode: 0o751 }), entry('admin.token', { mode: 0o640 })], 'ok doctor_rights_ok'],
  ['a token in a closed directory', [folder('', { mode: 0o750 }), entry('admin.token', { mode: 0o644 })], 'ok doctor_rights_ok'],
  ['a store that others may read', [folder('', { mode: 0o755 }), folder('store', { mode: 0o755 })], 'fault doctor_rights_exposed'],
])('rights: %s', (_what, entries, expected) => {
  expect(rights(...entries)).toEqual([expected])
})

test('rights that this user cannot see are no ok, but what he sees is wrong is a fault', () => {
  const unseen = Object.assign(new Error('permission denied'), { code: 'EACCES' })
  const found = (...entries: readonly Entry[]) => rightsFindings('/data', { entries, unseen }, { uid: 7, account: 'fogbell' })
  expect(() => found(folder(''))).toThrow(unseen)
  expect(saidOf(found(folder(''), entry('instance.json', { uid: 0 })))).toEqual(['fault doctor_rights_foreign'])
})

const account = { uid: 7, name: 'fogbell', group: 'fogbell', gids: [17, 18] }
const step = (uid: number, gid: number, mode: number): PathStep => ({ uid, gid, mode, isDirectory: false })
const directory = (uid: number, gid: number, mode: number): PathStep => ({ ...step(uid, gid, mode), isDirectory: true })

test.each([
  ['its own', [directory(0, 0, 0o755), step(7, 0, 0o600)], []],
  ['of its group', [directory(0, 17, 0o750), step(0, 18, 0o640)], []],
  ['of root alone', [directory(0, 0, 0o755), step(0, 0, 0o600)], ['fault doctor_rights_hidden']],
  ['of its group, which may not read it', [step(0, 17, 0o604)], ['fault doctor_rights_hidden']],
  ['in a closed directory', [directory(0, 0, 0o700), step(0, 17, 0o640)], ['fault doctor_rights_hidden']],
])('a file that the settings name, %s', (_what, steps, expected) => {
  expect(saidOf(hiddenFindings(account, [{ path: '/etc/fogbell/tls/server.key', steps }]))).toEqual(expected)
})

test('files that settings name are all of them, relative to the settings file', () => {
  const pair = { cert: { file: 'tls/server.crt' }, key: { file: '/keys/server.key' } }
  const settings = { dataDir: '/data', mqtt: { listeners: [{ url: 'mqtts://[::]:8883', ...pair }] }, admin: { key: 'PEM' } }
  expect(filesIn(settings, '/etc/fogbell')).toEqual(['/etc/fogbell/tls/server.crt', '/keys/server.key'])
})

test.each([
  ['/usr/bin/fogbell serve --config /etc/fogbell/config.json', 'doctor_try_port_server'],
  ['node --max-semi-space-size=64 bin/fogbell.js serve', 'doctor_try_port_server'],
  ['/usr/sbin/mosquitto -c /etc/mosquitto/mosquitto.conf', 'doctor_try_port'],
  ['fogbell simulate', 'doctor_try_port'],
])('a port that %s has: %s', (command, expected) => {
  const place = { path: 'admin.listen', host: '::', port: 8080 }
  expect(takenFinding(place, { pid: 7, command, unit: null }).remedy?.code).toBe(expected)
})

test('a directory behind a link belongs to whom it belongs, not to whom the link belongs', async () => {
  const place = await mkdtemp(join(tmpdir(), 'rights-'))
  await mkdir(join(place, 'data'), { mode: 0o700 })
  await mkdir(join(place, 'data', 'store'), { mode: 0o700 })
  await mkdir(join(place, 'big'))
  await symlink(join(place, 'big'), join(place, 'data', 'images'))
  await symlink(join(place, 'data'), join(place, 'link'))
  const uid = process.getuid?.() === 0 ? 7 : (process.getuid?.() ?? 0)
  for (const path of ['data', 'data/store', 'big']) await chown(join(place, path), uid, process.getgid?.() ?? 0)
  const owner = await ownerOf(join(place, 'link'))
  const found = rightsFindings('/data', await readEntries(join(place, 'link')), owner)
  expect([owner.uid, ...saidOf(found)]).toEqual([uid, 'ok doctor_rights_ok'])
  await rm(place, { recursive: true })
})

test('of many files the first five are named, with the number of all', () => {
  const entries = [folder(''), ...Array.from({ length: 9 }, (_, at) => entry(`images/${at}`, { uid: 0 }))]
  const [finding] = rightsFindings('/my data', { entries, unseen: null }, { uid: 7, account: 'fogbell' })
  expect(finding && say(finding.said)).toBe(
    '9 files do not belong to fogbell, as after a start by another user: images/0, images/1, images/2, images/3, images/4 and 4 more',
  )
  expect(finding?.remedy && say(finding.remedy)).toContain("`sudo chown -R fogbell: '/my data'`")
})

test("the system's table of sockets: who listens on a port", () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:075B 00000000:0000 0A 00000000:00000000 00:00000000 00000000   113        0 5151 1 0000000000000000 100 0 0 10 0
   1: 0100007F:075B 0100007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 5152 1 0000000000000000 20 4 0 10 -1`
  expect(listeningIn(table, 1883)).toEqual([{ uid: 113, inode: '5151' }])
  expect(listeningIn(table, 1884)).toEqual([])
})

test('a word of a shell is quoted only where it has to be', () => {
  expect(['/var/lib/fogbell', "it's", ''].map(shellWord)).toEqual(['/var/lib/fogbell', `'it'\\''s'`, "''"])
})

const server = { pid: 7, version: '0.1.0', admin: 'http://127.0.0.1:8080', config: null, unit: 'fogbell.service' }

test('a server of another version than the command', () => {
  const findings = serverFindings({ kind: 'running', server }, '/data', '0.2.0')
  expect(saidOf(findings)).toEqual(['ok doctor_server_runs', 'warning doctor_other_version'])
  expect(findings[1]?.remedy && say(findings[1].remedy)).toContain('`systemctl restart fogbell.service`')
  expect(saidOf(serverFindings({ kind: 'running', server }, '/data', '0.1.0'))).toEqual(['ok doctor_server_runs'])
})
