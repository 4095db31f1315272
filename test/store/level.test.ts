// The store on LevelDB, and what only a real disk shows: locks, kills, full disks, and sessions beside the OTA data.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { Level } from 'level'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { OtaError } from '../../src/errors.ts'
import type { SessionRows } from '../../src/ota/ports/session-rows.ts'
import { openLevel } from '../../src/store/level.ts'
import { openStore } from '../../src/store/records.ts'
import { sampleTask } from '../support/store-samples.ts'
import { storeSuite } from './store.suite.ts'

const temporary = (): Promise<string> => mkdtemp(join(tmpdir(), 'fogbell-store-'))
/** For tests that start processes, which is slow on a busy machine. */
const slow = 60_000
const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

storeSuite('LevelDB', async ({ gate }) => {
  const directory = await temporary()
  let level = await openLevel(directory, { gate })
  return {
    disk: () => level.batches,
    reopen: async () => {
      await level.batches.close()
      level = await openLevel(directory, { gate })
    },
    remove: async () => {
      await level.batches.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
})

/** Resolves when the process has ended and its lock is released. */
const gone = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

const rowsOf = async (sessions: SessionRows): Promise<(readonly [string, Uint8Array])[]> => {
  const rows: (readonly [string, Uint8Array])[] = []
  for await (const piece of sessions.pieces()) rows.push(...piece)
  return rows
}

describe('a LevelDB directory', () => {
  let directory: string
  const children: ChildProcess[] = []

  const start = (command: string, args: readonly string[]): ChildProcess => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    children.push(child)
    return child
  }

  beforeEach(async () => {
    directory = await temporary()
  })

  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    await rm(directory, { recursive: true, force: true })
  })

  it('is created with its parents, and only its owner may access it', async () => {
    const { batches } = await openLevel(join(directory, 'a', 'b'))
    await batches.close()
    expect(await readdir(join(directory, 'a', 'b'))).toContain('CURRENT')
    expect((await stat(join(directory, 'a', 'b'))).mode & 0o077).toBe(0)
  })

  it('is refused while another process has it, with the remedy', async () => {
    const { batches } = await openLevel(directory)
    const refusal: OtaError = await openLevel(directory).then(
      () => expect.fail('it opened twice'),
      (error) => error,
    )
    expect(refusal.code).toBe('OTA_STORE_LOCKED')
    expect(refusal.message).toContain(directory)
    expect(refusal.message).toMatch(/another process.*stop that one/)
    await batches.close()
    await (await openLevel(directory)).batches.close()
  })

  it('is refused with the reason if it is a file, or damaged', async () => {
    await writeFile(join(directory, 'file'), '')
    await expect(openLevel(join(directory, 'file'))).rejects.toMatchObject({
      code: 'OTA_STORE_UNREADABLE',
      message: expect.stringContaining(join(directory, 'file')),
    })
    await writeFile(join(directory, 'CURRENT'), 'MANIFEST-000009\n')
    await expect(openLevel(directory)).rejects.toMatchObject({
      code: 'OTA_STORE_UNREADABLE',
      message: expect.stringMatching(/MANIFEST.*backup/),
    })
  })

  it('reads ranges in the order of UTF-8, with a limit, and stops early without harm', async () => {
    const { batches } = await openLevel(directory)
    const keys = ['a/\uffff', 'a/😀', 'a/1', 'a/10', 'b/1', 'a/\ud7ff']
    await batches.commit(keys.map((key) => ({ type: 'put', key, value: key })))
    const read = async (limit?: number): Promise<string[]> => {
      const found: string[] = []
      for await (const [key] of batches.range('a/', 'a0', limit)) found.push(key)
      return found
    }
    expect(await read()).toEqual(['a/1', 'a/10', 'a/\ud7ff', 'a/\uffff', 'a/😀'])
    expect(await read(2)).toEqual(['a/1', 'a/10'])
    for await (const [key] of batches.range('a/', 'c')) {
      expect(key).toBe('a/1')
      break
    }
    await batches.close()
    await expect(batches.get('a/1')).rejects.toMatchObject({ code: 'OTA_STORE_FAILED' })
    expect(() => batches.peek('a/1')).toThrow(/store in/)
  })

  it('has every acknowledged commit after kill -9 at any instant', { timeout: slow }, async () => {
    const revisions = new Map<number, number>()
    const like = JSON.stringify(sampleTask(0, { desc: 'x'.repeat(300) }))
    for (const lines of [1, 200, 1000]) {
      const child = start(process.execPath, [script('committer.mjs'), directory, like])
      if (child.stdout === null) throw new Error('no stdout')
      let seen = 0
      for await (const line of createInterface(child.stdout)) {
        if (!/^\d+ \d$/.test(line)) continue
        const [id = 0, revision = 0] = line.split(' ').map(Number)
        expect(revision).toBeGreaterThan(revisions.get(id) ?? 0)
        revisions.set(id, revision)
        seen += 1
        if (seen === lines) child.kill('SIGKILL')
      }
      await gone(child)
      expect(seen).toBeGreaterThanOrEqual(lines)
      const { batches } = await openLevel(directory)
      const store = await openStore(batches)
      for (const [id, revision] of revisions) {
        const task = await store.queries.task(id)
        expect(task?.rev).toBeGreaterThanOrEqual(revision)
        expect(task?.state).toBe(task?.rev === 4 ? 'succeeded' : 'in_progress')
      }
      expect(store.writes.nextId('task')).toBeGreaterThan(Math.max(...revisions.keys()))
      await batches.close()
    }
  })

  it('loses nothing acknowledged after the disk was full and had space again', { timeout: slow }, async () => {
    // Bash ignores the signal that a write beyond the limit sends, so that the write fails as on a full disk.
    const child = start('bash', ['-c', `trap '' XFSZ; exec "${process.execPath}" "$@"`, 'filler', script('filler.mjs'), directory])
    if (child.stdout === null) throw new Error('no stdout')
    const { acknowledged, failed }: { acknowledged: string[]; failed: number } = JSON.parse(await text(child.stdout))
    await gone(child)
    expect(failed).toBeGreaterThan(10)
    expect(acknowledged.length).toBeGreaterThan(190)
    const { batches, sessions } = await openLevel(directory)
    const kept = new Map(await rowsOf(sessions))
    for (const key of acknowledged) expect((await batches.get(key)) ?? kept.get(key), key).toBeDefined()
    await batches.close()
  })

  it('removes sessions of an earlier layout, and nothing else', async () => {
    const level = new Level(directory)
    const rows = { '!mqtt!outgoing:dev1': 'old', '!mqtu': 'other', '!session!s:1': 'kept', format: '1' }
    for (const [key, value] of Object.entries(rows)) await level.put(key, value)
    await level.close()
    const { batches } = await openLevel(directory)
    await batches.close()
    await level.open()
    expect(await level.keys().all()).toEqual(['!mqtu', '!session!s:1', 'format'])
    await level.close()
  })

  it('keeps sessions and OTA data separate, and both across a reopening', async () => {
    const value = Buffer.from([0, 0xff, 0x80])
    const first = await openLevel(directory)
    const store = await openStore(first.batches)
    const secret = await store.writes.secret('link', () => 'ota')
    await first.sessions.commit(
      ['format', 'device/pk/d', 'q:1', 'q:2'].map((key) => ({ type: 'put', key, value })),
      true,
    )
    await first.sessions.commit([{ type: 'del', key: 'q:1' }], false)
    await first.batches.close()

    const second = await openLevel(directory)
    const again = await openStore(second.batches)
    expect(await again.writes.secret('link', () => 'new')).toBe(secret)
    expect([...again.reads.devices()]).toEqual([])
    expect(await rowsOf(second.sessions)).toEqual([
      ['device/pk/d', value],
      ['format', value],
      ['q:2', value],
    ])
    expect(await second.batches.get('format')).toBe('3')
    await second.batches.close()
  })
})
