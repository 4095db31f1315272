// A real server in its own process, started as users start it, with its admin API and the command. Needs dist/, which test/global-setup.ts builds.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Description } from '../../src/data-dir.ts'
import { callFogbell } from './call-fogbell.ts'
import type { Json } from './json.ts'
import { waitFor } from './until.ts'

export const bin = fileURLToPath(new URL('../../bin/fogbell.js', import.meta.url))

/** Keeps the settings of the tests' own environment from the server. */
const cleanEnv = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('FOGBELL_') && name !== 'NODE_OPTIONS')),
  NO_COLOR: '1',
})

export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Process {
  readonly child: ChildProcess
  /** All that it has output so far. */
  readonly output: Ended
  readonly ended: Promise<Ended>
}

/** Runs `fogbell …` in its own process. */
export const runFogbell = (args: readonly string[]): Process => {
  const child = spawn(process.execPath, [bin, ...args], { env: cleanEnv(), stdio: ['ignore', 'pipe', 'pipe'] })
  const output = { status: null as number | null, stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
  })
  const ended = once(child, 'close').then(([status]) => Object.assign(output, { status: status as number | null }))
  return { child, output, ended }
}

/** A directory, and `clean` that removes it. */
export const makePlace = async (): Promise<{ path: string; clean: () => Promise<void> }> => {
  const path = await mkdtemp(join(tmpdir(), 'fogbell-e2e-'))
  return { path, clean: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) }
}

export const listOf = (json: Json | undefined): readonly Json[] => Object.values(json ?? {})
export const textOf = (json: unknown): string => (typeof json === 'string' ? json : `no text: ${JSON.stringify(json)}`)

export interface Answer {
  readonly status: number
  readonly body: Json
}

/** A running server as its users see it. */
export interface ServerClient {
  readonly data: string
  readonly description: Description
  readonly port: number
  readonly token: string
  /** Any request to the admin API below /api/v1, whatever the answer's status. */
  ask(method: string, path: string, body?: object | Uint8Array): Promise<Answer>
  /** The same; rejects unless the status is below 300. */
  call(method: string, path: string, body?: object | Uint8Array): Promise<Json>
}

export interface ServerFixture extends Process, ServerClient {
  /** `fogbell …` against this server, with `--json`; rejects unless it ends with status 0. */
  command(...args: readonly string[]): Promise<Json>
  /** SIGTERM; resolves at its end. */
  stop(): Promise<Ended>
  /** kill -9; resolves at its end. */
  kill(): Promise<Ended>
}

/** What the line that holds `ready` says; undefined before it. Throws where there will be none. */
const readyLine = ({ child, output }: Process): Description | undefined => {
  if (child.exitCode !== null) throw new Error(`the server ended: ${JSON.stringify(output)}`)
  const line = output.stdout.split('\n').find((each) => each.startsWith('{') && each.endsWith('"ready"}'))
  return line === undefined ? undefined : JSON.parse(line)
}

const request = async (url: string, token: string, method: string, body: object | Uint8Array | undefined): Promise<Answer> => {
  const type = body instanceof Uint8Array ? 'application/octet-stream' : 'application/json'
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': type }) },
    ...(body !== undefined && { body: body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? {} : JSON.parse(text) }
}

const free = ['--mqtt-port', '0', '--firmware-port', '0', '--admin-port', '0'] as const

/** The arguments of a server on free local ports; `settings` as in the settings file. */
export const serveArgs = async (data: string, settings: object = {}): Promise<readonly string[]> => {
  const config = `${data}.settings.json`
  await writeFile(config, JSON.stringify(settings))
  return ['serve', '--data', data, '--config', config, '--host', '127.0.0.1', '--log-level', 'warn', '--log-format', 'json', ...free]
}

/** What reaches the server that runs on that data directory. */
export const clientOf = async (data: string, description: Description): Promise<ServerClient> => {
  const token = (await readFile(join(data, 'admin.token'), 'utf8')).trim()
  const ask: ServerClient['ask'] = (method, path, body) => request(`${description.admin}/api/v1${path}`, token, method, body)
  return {
    data,
    description,
    token,
    port: Number(new URL(description.mqtt[0] ?? '').port),
    ask,
    async call(method, path, body) {
      const { status, body: answer } = await ask(method, path, body)
      if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}`)
      return answer
    },
  }
}

/** Starts a server; resolves when it reports that it is ready. */
export const createServerFixture = async (data: string, settings: object = {}, ...more: readonly string[]): Promise<ServerFixture> => {
  const running = runFogbell([...(await serveArgs(data, settings)), ...more])
  const described = waitFor('the server is ready', () => readyLine(running), 20_000)
  const description = await described.catch((error: unknown) => {
    running.child.kill('SIGKILL')
    throw error
  })
  const end = (signal: NodeJS.Signals): Promise<Ended> => {
    running.child.kill(signal)
    return running.ended
  }
  return {
    ...running,
    ...(await clientOf(data, description)),
    async command(...args) {
      const { status, stdout, stderr } = await callFogbell([...args, '--data', data, '--json'])
      if (status !== 0) throw new Error(`fogbell ${args.join(' ')}: status ${status}: ${stderr}`)
      return stdout === '' ? {} : JSON.parse(stdout)
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  }
}

export interface Package {
  readonly product: string
  readonly version: string
  readonly module?: string
}

/** Adds an image; resolves to its id. */
export const addImage = async ({ call }: Pick<ServerClient, 'call'>, named: Package, bytes: Uint8Array): Promise<string> =>
  textOf((await call('PUT', `/firmware?${new URLSearchParams({ ...named }).toString()}`, bytes))['id'])

/** Adds an image, creates a campaign for it and starts it; resolves to the campaign's id. `more` are fields of POST /campaigns. */
export const push = async (server: Pick<ServerClient, 'call'>, named: Package, bytes: Uint8Array, more: object = {}): Promise<string> => {
  const firmware = await addImage(server, named, bytes)
  return textOf((await server.call('POST', '/campaigns', { firmware, start: true, ...more }))['id'])
}
