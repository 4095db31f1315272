// The files of a LevelDB directory, read without opening it: rows as LevelDB reads them, and no damaged byte that goes unnoticed.

import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createCrc32c } from '../../src/store/files/crc32c.ts'
import { readLog } from '../../src/store/files/log-records.ts'
import { surveyStore } from '../../src/store/files/store-survey.ts'
import { commitsKey } from '../../src/store/keys.ts'
import { openLevel } from '../../src/store/level.ts'

let directory: string

/** Two openings leave tables; large values and a log over several blocks come after them. */
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fogbell-survey-'))
  for (const round of ['a', 'b', 'c']) {
    const { batches } = await openLevel(directory)
    for (let n = 0; n < 40; n += 1) await batches.commit([{ type: 'put', key: `k/${n}`, value: `${round}${n} `.repeat(200) }])
    await batches.commit([
      { type: 'put', key: `large/${round}`, value: round.repeat(100_000) },
      { type: 'put', key: 'last', value: round },
      round === 'c' ? { type: 'del', key: 'gone/a' } : { type: 'put', key: `gone/${round}`, value: round },
    ])
    if (round === 'b') await batches.commit([{ type: 'del', key: 'k/7' }])
    if (round !== 'c') await batches.close()
    // The files are copied while it is open: its log is the last one's, as after a kill.
    else {
      const copies = await Promise.all(
        (await readdir(directory)).map(async (name) => [name, await readFile(join(directory, name))] as const),
      )
      await batches.close()
      await rm(directory, { recursive: true })
      directory = await mkdtemp(join(tmpdir(), 'fogbell-survey-'))
      for (const [name, bytes] of copies) await writeFile(join(directory, name), bytes)
    }
  }
})
afterAll(() => rm(directory, { recursive: true, force: true }))

it('the checksum is that of RFC 3720', () => {
  const crc = createCrc32c()
  expect(crc(Buffer.from('123456789'), 0, 9)).toBe(0xe3069283)
  expect(crc(Buffer.alloc(32), 0, 32)).toBe(0x8a9136aa)
})

it('finds rows in tables and logs, the newest of each, and none that was deleted', async () => {
  const survey = await surveyStore(directory, commitsKey)
  expect([survey.faults, survey.damage]).toEqual([[], []])
  expect(await survey.row('last')).toBe('c')
  expect(await survey.row('k/39')).toBe('c39 '.repeat(200))
  expect(await survey.row('large/a')).toBe('a'.repeat(100_000))
  expect(await survey.row('large/c')).toBe('c'.repeat(100_000))
  expect(await survey.row('k/40')).toBeUndefined()
})

it('finds all rows of a range, from tables and logs, and none that was deleted or lies outside', async () => {
  const { rows } = await surveyStore(directory, commitsKey)
  const all = await rows(['k/', 'k0'])
  expect([...all.keys()].sort()).toEqual(Array.from({ length: 40 }, (_, n) => `k/${n}`).sort())
  expect(new Set([...all.values()].map(([first]) => first))).toEqual(new Set(['c']))
  expect([...(await rows(['large/', 'large0'])).keys()].sort()).toEqual(['large/a', 'large/b', 'large/c'])
  expect([...(await rows(['gone/', 'gone0']))]).toEqual([['gone/b', 'b']])
  expect([...(await rows(['large/b', 'large/c'])).keys()]).toEqual(['large/b'])
})

it('rows that are asked for with the survey are those of a later question, and no table is read for them again', async () => {
  const copy = await mkdtemp(join(tmpdir(), 'fogbell-survey-'))
  await cp(directory, copy, { recursive: true })
  const keys = ['last', 'k/7', 'k/39', 'large/a', 'large/c', 'gone/a', 'gone/b', 'k/40', 'none']
  const [later, sooner] = [await surveyStore(copy, commitsKey), await surveyStore(copy, commitsKey, keys)]
  const before = await Promise.all(keys.map(later.row))
  expect(before.filter((value) => value !== undefined)).toHaveLength(6)
  for (const name of await readdir(copy)) if (name.endsWith('.ldb')) await rm(join(copy, name))
  expect(await Promise.all(keys.map(sooner.row))).toEqual(before)
  expect(await sooner.row(commitsKey)).toMatch(/^\d+$/)
  await expect(sooner.row('k/8')).rejects.toMatchObject({ code: 'ENOENT' })
  await rm(copy, { recursive: true })
})

it('one flipped bit anywhere in CURRENT, MANIFEST, a table or the log is found, and commits behind it are counted', async () => {
  const names = (await readdir(directory)).filter((name) => /^(CURRENT|MANIFEST-\d+|\d+\.(ldb|log))$/.test(name))
  expect(names.length).toBeGreaterThanOrEqual(4)
  for (const name of names) {
    const path = join(directory, name)
    const bytes = await readFile(path)
    const steps = Array.from({ length: 25 }, (_, at) => Math.min(bytes.length - 1, Math.floor((at * bytes.length) / 24)))
    for (const at of new Set(steps)) {
      const flipped = Buffer.from(bytes)
      flipped[at] = (flipped[at] ?? 0) ^ 0x10
      await writeFile(path, flipped)
      const { faults, damage } = await surveyStore(directory, commitsKey)
      expect(faults.length + damage.length, `${name} at ${at}`).toBe(1)
      if (name.endsWith('.log')) expect((damage[0]?.commitsBehind ?? 0) > 0, `${name} at ${at}`).toBe(at < bytes.length - 100_000)
    }
    await writeFile(path, bytes)
  }
})

it('every cut of the log is a torn tail with nothing behind it', async () => {
  const name = (await readdir(directory)).filter((each) => each.endsWith('.log')).at(-1) ?? ''
  const path = join(directory, name)
  const bytes = await readFile(path)
  for (let cut = 1; cut < bytes.length; cut += Math.floor(bytes.length / 40)) {
    await writeFile(path, bytes.subarray(0, cut))
    for (const { commitsBehind } of (await surveyStore(directory, commitsKey)).damage) expect(commitsBehind).toBe(0)
  }
  await writeFile(path, Buffer.concat([bytes, Buffer.alloc(50_000)]))
  expect((await surveyStore(directory, commitsKey)).damage).toMatchObject([{ at: bytes.length, commitsBehind: 0 }])
  await writeFile(path, bytes)
})

it('a MANIFEST that ends within its last record is read without it, as LevelDB does; one whose last record is damaged is refused', async () => {
  const name = (await readdir(directory)).find((each) => each.startsWith('MANIFEST')) ?? ''
  const path = join(directory, name)
  const bytes = await readFile(path)
  // An edit that says nothing but its log: type 1, two bytes.
  const edit = Buffer.from([0, 0, 0, 0, 2, 0, 1, 2, 9])
  await writeFile(path, Buffer.concat([bytes, edit.subarray(0, 8)]))
  expect((await surveyStore(directory, commitsKey)).faults).toEqual([])
  await writeFile(path, Buffer.concat([bytes, edit]))
  expect((await surveyStore(directory, commitsKey)).faults).toMatchObject([{ code: 'store_file_damaged', params: { file: name } }])
  await writeFile(path, bytes)
})

it("LevelDB's own LOG is a second witness: an opening says how many bytes it dropped, and the next one none", async () => {
  const copy = await mkdtemp(join(tmpdir(), 'fogbell-survey-'))
  await cp(directory, copy, { recursive: true })
  const log = join(copy, (await readdir(copy)).filter((each) => each.endsWith('.log')).at(-1) ?? '')
  const bytes = await readFile(log)
  bytes[3000] = (bytes[3000] ?? 0) ^ 1
  await writeFile(log, bytes)
  const opened = await openLevel(copy, { mustExist: true })
  await opened.batches.close()
  expect(opened.loss.bytes).toBeGreaterThan(1000)
  const again = await openLevel(copy, { mustExist: true })
  await again.batches.close()
  expect(again.loss.bytes).toBe(0)
  await rm(copy, { recursive: true })
})

it('of several logs one that is missing is found by the gap it leaves', async () => {
  const name = (await readdir(directory)).filter((each) => each.endsWith('.log')).at(-1) ?? ''
  const bytes = await readFile(join(directory, name))
  const later = (number: number): string => join(directory, `${String(Number.parseInt(name, 10) + number).padStart(6, '0')}.log`)
  const starts = readLog(bytes, createCrc32c()).records.map(({ at }) => at)
  // Records within the first block: each is a log of its own.
  const [one = 0, two = 0, three = 0] = starts.slice(1)
  await writeFile(join(directory, name), bytes.subarray(0, one))
  await writeFile(later(1), bytes.subarray(one, two))
  await writeFile(later(2), bytes.subarray(two, three))
  expect((await surveyStore(directory, commitsKey)).damage).toEqual([])
  await rm(later(1))
  expect((await surveyStore(directory, commitsKey)).damage).toMatchObject([{ at: 0, bytes: 0, commitsBehind: 1 }])
  await rm(later(2))
  await writeFile(join(directory, name), bytes)
})
