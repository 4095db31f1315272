// The files of bin/ as processes: an older Node, and a build under a running server.

import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fogbell-bin-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const pretended = (version: string): string => {
  const pretend = join(directory, 'pretend.cjs')
  writeFileSync(pretend, `Object.defineProperty(process.versions, 'node', { value: '${version}' })`)
  return pretend
}

/** A package that is built, as far as the files of bin/ look. */
const builtPackage = (): void => {
  mkdirSync(join(directory, 'dist/cli'), { recursive: true })
  cpSync(join(root, 'bin'), join(directory, 'bin'), { recursive: true })
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}')
  writeFileSync(join(directory, 'dist/fogbell.js'), `export const main = async () => process.stdout.write('main of ' + process.argv[2])`)
}

test('bin/fogbell.js runs what was built', () => {
  builtPackage()
  const { stdout, status } = spawnSync(process.execPath, [join(directory, 'bin/fogbell.js'), 'x'], { encoding: 'utf8' })
  expect([stdout, status]).toEqual(['main of x', 0])
})

test.each(
  ['fogbell', 'build'].flatMap((name) => [
    { name, version: '18.20.4', status: 1 },
    { name, version: '16.0.0', status: 1 },
    { name, version: '20.18.3', status: 1 },
  ]),
)('bin/$name.js with Node $version ends with one line that says that it is too old', ({ name, version, status }) => {
  builtPackage()
  const { stdout, stderr, ...ended } = spawnSync(process.execPath, ['-r', pretended(version), join(directory, `bin/${name}.js`), 'serve'], {
    encoding: 'utf8',
  })
  expect([stdout, ended.status]).toEqual(['', status])
  expect(stderr.split('\n')).toEqual([expect.stringContaining(`needs Node 20.19 or later, and this is Node ${version}`), ''])
  expect(readdirSync(directory).sort()).toEqual(['bin', 'dist', 'package.json', 'pretend.cjs'])
})

test.each(['20.19.0', '22.1.0'])('Node %s is not refused', (version) => {
  builtPackage()
  const { stderr, status } = spawnSync(process.execPath, ['-r', pretended(version), join(directory, 'bin/fogbell.js')], {
    encoding: 'utf8',
  })
  expect([stderr, status]).toEqual(['', 0])
})

test.each(readdirSync(join(root, 'bin')).filter((name) => name.endsWith('.js')))(
  '%s, which an older Node reads first, has no syntax that came later',
  (file) => {
    expect(readFileSync(join(root, 'bin', file), 'utf8')).not.toMatch(/\bawait\b|\?\?|\?\.|\bwith \{|\|\|=|&&=/)
  },
)

test('npm run demo calls the command, which starts with the check', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
  expect([scripts['build'], scripts['demo']]).toEqual(['node bin/build.js', 'node bin/fogbell.js demo'])
})

/** A project of one source, to be built by the real script. */
const project = (): void => {
  cpSync(join(root, 'bin'), join(directory, 'bin'), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'))
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}')
  const options = { target: 'es2023', module: 'nodenext', rootDir: 'src', outDir: 'dist', types: [] }
  writeFileSync(join(directory, 'tsconfig.build.json'), JSON.stringify({ compilerOptions: options, include: ['src'] }))
  mkdirSync(join(directory, 'src'))
  mkdirSync(join(directory, 'dist'))
  writeFileSync(join(directory, 'dist/main.js'), 'old')
  writeFileSync(join(directory, 'dist/gone.js'), 'old')
}

const source = (text: string): void => writeFileSync(join(directory, 'src/main.ts'), text)
const built = (): string => readFileSync(join(directory, 'dist/main.js'), 'utf8')

test('a build replaces each file at once, never takes one away first, and removes what has no source any more', async () => {
  project()
  source('export const answer: number = 42\n')
  const build = spawn(process.execPath, [join(directory, 'bin/build.js')], { stdio: 'ignore' })
  const ended = new Promise<number | null>((resolve) => void build.on('exit', resolve))
  let status: number | null | undefined
  void ended.then((code) => {
    status = code
  })
  const seen = new Set<string>()
  while (status === undefined) {
    seen.add(existsSync(join(directory, 'dist/main.js')) ? built() : 'missing')
    await new Promise((resolve) => setImmediate(resolve))
  }
  seen.add(built())
  expect(status).toBe(0)
  expect([...seen]).toEqual(['old', 'export const answer = 42;\n'])
  expect(readdirSync(join(directory, 'dist'))).toEqual(['main.js'])
  expect(readdirSync(directory).sort()).toEqual(['bin', 'dist', 'node_modules', 'package.json', 'src', 'tsconfig.build.json'])
}, 30_000)

test('a build that fails leaves the one before as it is', () => {
  project()
  source('export const answer: number = "none"\n')
  expect(spawnSync(process.execPath, [join(directory, 'bin/build.js')], { stdio: 'ignore' }).status).toBe(1)
  expect(built()).toBe('old')
  expect(readdirSync(directory).filter((name) => name.startsWith('.'))).toEqual([])
}, 30_000)

test('parts of a bundle that was replaced lately stay, since a server that runs may still load them', () => {
  project()
  source('export const answer: number = 42\n')
  for (const name of ['fogbell-NEWLY.js', 'fogbell-LONGAGO.js']) writeFileSync(join(directory, 'dist', name), 'a part')
  utimesSync(join(directory, 'dist/fogbell-LONGAGO.js'), 1, 1)
  expect(spawnSync(process.execPath, [join(directory, 'bin/build.js')], { stdio: 'ignore' }).status).toBe(0)
  expect(readdirSync(join(directory, 'dist')).sort()).toEqual(['fogbell-NEWLY.js', 'main.js'])
}, 30_000)

test('compiled code of the server stays over a build that makes the same server, and goes with it', () => {
  project()
  const server = (text: string): void => writeFileSync(join(directory, 'src/cli/serve-main.ts'), text)
  mkdirSync(join(directory, 'src/cli'))
  source(`export const main = (): string => 'main'\n`)
  writeFileSync(join(directory, 'src/cli/main.ts'), `export { main } from '../main.js'\n`)
  server(`export { main } from '../main.js'\n`)
  const build = (): string => {
    expect(spawnSync(process.execPath, [join(directory, 'bin/build.js')], { stdio: 'ignore' }).status).toBe(0)
    return readFileSync(join(directory, 'dist/serve.cjs'), 'utf8')
  }
  const caches = (): readonly string[] => readdirSync(join(directory, 'dist')).filter((name) => name.endsWith('.cache'))
  const first = build()
  const [line = '', ...rest] = first.split('\n')
  expect(line).toBe(`//${createHash('sha256').update(rest.join('\n')).digest('hex')}`)
  const kept = `serve.cjs-${line.slice(2, 18)}-1.cache`
  for (const name of [kept, 'serve.cjs-0123456789abcdef-1.cache']) writeFileSync(join(directory, 'dist', name), '')
  expect([build(), caches()]).toEqual([first, [kept]])
  server(`export const main = (): string => 'another'\n`)
  expect([build() === first, caches()]).toEqual([false, []])
}, 60_000)

test('no script of the package deletes what was built', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
  for (const script of Object.values(scripts)) expect(script).not.toMatch(/\brm\b|rmSync|unlink/)
})
