// The compiled code of a bundle, which is kept beside it: when it is taken, and that a start needs nothing of it.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const isRoot = process.getuid?.() === 0
const nobody = 65_534
let directory: string
let dist: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fogbell-cache-'))
  chmodSync(directory, 0o755)
  dist = join(directory, 'dist')
  mkdirSync(dist)
  cpSync(join(root, 'bin'), join(directory, 'bin'), { recursive: true })
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}')
  writeFileSync(join(dist, 'fogbell.js'), `export const main = async () => process.stdout.write('the command')`)
  bundle('first')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** A server that says a word of five letters. `digest` is that of its first line. */
const bundle = (word: string, digest = createHash('sha256').update(word).digest('hex')): void => {
  const main = `(started) => { process.stdout.write('${word} ' + new URL('.', bundleUrl).pathname); started() }`
  writeFileSync(join(dist, 'serve.cjs'), `//${digest}\n(function (exports, require, module, bundleUrl) {exports.main = ${main}\n})\n`)
}

/** What V8 compiled before shows in what a text of the same length says. */
const exchange = (word: string): void => bundle(word, createHash('sha256').update('first').digest('hex'))

/** What the server says. It says nothing else. */
const start = (options: { node?: readonly string[]; uid?: number; command?: string } = {}): string => {
  const { node = [], uid, command = 'serve' } = options
  const { stdout, stderr, status } = spawnSync(process.execPath, [...node, join(directory, 'bin/fogbell.js'), command], {
    encoding: 'utf8',
    ...(uid !== undefined && { uid, gid: uid }),
  })
  expect([stderr, status]).toEqual(['', 0])
  return stdout.replace(` ${dist}/`, '')
}

const caches = (): readonly string[] => readdirSync(dist).filter((name) => name.includes('.cache'))
const cache = (): string => join(dist, caches()[0] ?? 'none')

test('the first start keeps what V8 compiled, and the next one takes it', () => {
  expect([start(), caches()]).toEqual(['first', [expect.stringMatching(/^serve\.cjs-[0-9a-f]{16}-\d+\.cache$/)]])
  const kept = readFileSync(cache())
  expect(start()).toBe('first')
  expect(readFileSync(cache()).equals(kept)).toBe(true)
  exchange('other')
  expect(start()).toBe('first')
})

test('other commands have nothing to do with it', () => {
  expect([start({ command: 'version' }), caches()]).toEqual(['the command', []])
})

test('a build without the bundle of the server runs it as any other command', () => {
  rmSync(join(dist, 'serve.cjs'))
  expect([start(), caches()]).toEqual(['the command', []])
})

test('after another build it is not taken', () => {
  start()
  bundle('newer')
  expect([start(), caches().length]).toEqual(['newer', 2])
})

test('it is for these options of Node: others have their own', () => {
  start()
  exchange('other')
  // Not every version of V8 compiles differently for each option; for this one all do.
  expect(start({ node: ['--stack-size=900'] })).toBe('other')
  expect(caches()).toHaveLength(2)
  expect(start()).toBe('first')
})

const digestOf = (data: Uint8Array): Buffer => createHash('sha256').update(data).digest()

test.each([
  { damage: 'cut short', harm: (file: string) => truncateSync(file, readFileSync(file).length - 10) },
  { damage: 'empty', harm: (file: string) => truncateSync(file, 0) },
  {
    damage: 'changed by one bit',
    harm: (file: string) => {
      const content = readFileSync(file)
      const at = content.length - 100
      content.writeUInt8(content.readUInt8(at) ^ 1, at)
      writeFileSync(file, content)
    },
  },
  {
    damage: 'whole, but nothing that V8 takes',
    harm: (file: string) => {
      const data = Buffer.alloc(5_000, 7)
      writeFileSync(file, Buffer.concat([digestOf(data), data]))
    },
  },
  { damage: 'of a file that others may write', harm: (file: string) => chmodSync(file, 0o666) },
])('one that is $damage is not taken, and is replaced', ({ harm }) => {
  start()
  harm(cache())
  exchange('other')
  expect([start(), caches().length]).toEqual(['other', 1])
  exchange('third')
  expect(start()).toBe('other')
})

test.runIf(isRoot)('one of another user is not taken', () => {
  start()
  chownSync(cache(), nobody, nobody)
  exchange('other')
  expect(start()).toBe('other')
})

test.runIf(isRoot)('who does not own the program takes its compiled code, and writes none', () => {
  chmodSync(dist, 0o777)
  expect([start({ uid: nobody }), caches()]).toEqual(['first', []])
  start()
  exchange('other')
  expect(start({ uid: nobody })).toBe('first')
})

test('where it cannot be written, the server starts all the same and leaves nothing behind', () => {
  start()
  const name = cache()
  rmSync(name)
  // In its place is what no file can be renamed to: root may write in any folder.
  mkdirSync(join(name, 'full'), { recursive: true })
  expect(start()).toBe('first')
  expect(readdirSync(dist).sort()).toEqual(['fogbell.js', 'serve.cjs', ...caches()])
})

test('what a process left that was killed while it wrote one is removed with the next', () => {
  start()
  const name = cache()
  rmSync(name)
  writeFileSync(`${name}.999999`, 'half of it')
  expect(start()).toBe('first')
  expect(readdirSync(dist).sort()).toEqual(['fogbell.js', 'serve.cjs', basename(name)])
})

test('in a folder that cannot be written, the server starts all the same', () => {
  if (isRoot) chownSync(join(dist, 'serve.cjs'), nobody, nobody)
  chmodSync(dist, 0o555)
  expect([start(isRoot ? { uid: nobody } : {}), caches()]).toEqual(['first', []])
  chmodSync(dist, 0o755)
})

interface Bundles {
  readonly bundleServer: (options: { readonly entryPoints: readonly string[] }, file: string) => Promise<unknown>
}

test('a text that is read as one byte for each character has no others: a build with some fails, and says where', async () => {
  const { bundleServer } = (await import(new URL('../../bin/bundle.js', import.meta.url).href)) as Bundles
  const source = join(directory, 'source.js')
  const bundleOf = async (text: string): Promise<string> => {
    writeFileSync(source, text)
    await bundleServer({ entryPoints: [source] }, join(dist, 'serve.cjs'))
    return start()
  }
  const say = (pattern: string): string => `
    const text = '电量'
    export const main = async (started) => { process.stdout.write(String(${pattern}.test(text)) + text); started() }`
  expect(await bundleOf(say(String.raw`/\u7535\u91cf/`))).toBe('true电量')
  await expect(bundleOf(say('/电量/'))).rejects.toThrow(/a character beyond ASCII, near .*\.test\(.*write it as \\u/)
})
