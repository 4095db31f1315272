// What a started server has loaded of Node.js: modules that cost time and that nothing asks for are not among it.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { build } from 'esbuild'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bin } from '../support/server-fixture.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fogbell-late-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

/** What `list`, an expression, gives in a server that was started by that program, at its end: it has loaded no fewer than when it was ready. */
const listOf = async (program: string, list: string): Promise<readonly string[]> => {
  const [hook, found] = [join(directory, 'hook.cjs'), join(directory, 'found.json')]
  await writeFile(
    hook,
    `if (require('worker_threads').isMainThread)
      process.on('exit', () => require('fs').writeFileSync(${JSON.stringify(found)}, JSON.stringify(${list})))`,
  )
  const ports = ['--mqtt-port', '0', '--firmware-port', '0', '--admin-port', '0']
  const args = ['--require', hook, program, 'serve', '--data', join(directory, 'data'), '--host', '127.0.0.1', ...ports, '--json']
  const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(server, 'exit')
  for await (const line of createInterface(server.stdout)) if (line.includes('"ready"')) server.kill()
  await ended
  return JSON.parse(await readFile(found, 'utf8')) as readonly string[]
}

test('a server that is ready has not loaded http2', async () => {
  const loaded = await listOf(bin, 'process.moduleLoadList')
  expect(loaded).toContain('NativeModule http')
  expect(loaded.filter((name) => /http2/.test(name))).toEqual([])
})

test('nor Ajv: schemas are checked without it', async () => {
  const program = join(directory, 'unbundled.mjs')
  const main = new URL('../../dist/cli/main.js', import.meta.url).href
  await writeFile(program, `import { main } from ${JSON.stringify(main)}\nmain()`)
  const loaded = await listOf(program, 'Object.keys(require.cache)')
  expect(loaded.filter((name) => name.includes('find-my-way'))).not.toEqual([])
  expect(loaded.filter((name) => name.includes('ajv'))).toEqual([])
})

/** What the text prints once it was bundled. */
const outputOf = async (text: string): Promise<string> => {
  const { lateModules } = (await import(new URL('../../bin/late-modules.js', import.meta.url).href)) as { lateModules: never }
  const [source, outfile] = [join(directory, 'source.cjs'), join(directory, 'bundle.cjs')]
  await writeFile(source, text)
  await build({ entryPoints: [source], outfile, bundle: true, platform: 'node', plugins: [lateModules], logLevel: 'silent' })
  const child = spawn(process.execPath, [outfile], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  for await (const chunk of child.stdout.setEncoding('utf8')) output += String(chunk)
  return output
}

test('such a module is loaded when a member of it is first used', async () => {
  const output = await outputOf(
    `const http2 = require('node:http2')
     const isLoaded = () => process.moduleLoadList.includes('NativeModule http2')
     console.log(JSON.stringify([isLoaded(), typeof http2.createServer, isLoaded()]))`,
  )
  expect(JSON.parse(output)).toEqual([false, 'function', true])
})

test('a package that is left out says so when it is used, and not before', async () => {
  const output = await outputOf(
    `const yaml = require('yaml')
     const ajv = require('@fastify/ajv-compiler')
     for (const use of [() => yaml.stringify, () => ajv()]) try { use() } catch ({ message }) { console.log(message) }`,
  )
  expect(output).toBe('the program was bundled without yaml\nthe program was bundled without @fastify/ajv-compiler\n')
})
