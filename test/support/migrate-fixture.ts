// A plain Aedes on aedes-persistence-level in a process of its own, as its makers put them together; and what the tests of a migration
// need around it: the command, and a server that its clients come back to.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import aedesPersistenceLevel from 'aedes-persistence-level'
import { Level } from 'level'
import { type Called, callFogbell } from './call-fogbell.ts'
import { type Ended, runFogbell } from './server-fixture.ts'

const script = fileURLToPath(new URL('../conformance/plain-aedes.mjs', import.meta.url))

export interface OldBroker {
  readonly port: number
  stop(): Promise<unknown>
  kill(): Promise<unknown>
}

export const startOldBroker = async (directory: string): Promise<OldBroker> => {
  const child = spawn(process.execPath, [script, directory], { stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = once(child, 'close')
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const end = (signal: NodeJS.Signals): Promise<unknown> => {
    child.kill(signal)
    return ended
  }
  return { port: Number(line.toString()), stop: () => end('SIGTERM'), kill: () => end('SIGKILL') }
}

export const migrate = (...args: readonly string[]): Promise<Called> => callFogbell(['migrate', 'aedes', ...args])

/** The same in a process of its own, which has locks of its own. */
export const migrateAlone = (...args: readonly string[]): Promise<Ended> => runFogbell(['migrate', 'aedes', ...args]).ended

/** Each file of a directory with a digest of its bytes. */
export const fingerprint = async (directory: string): Promise<Readonly<Record<string, string>>> => {
  const names = (await readdir(directory)).sort()
  const digest = async (name: string): Promise<readonly [string, string]> => [
    name,
    createHash('sha256')
      .update(await readFile(join(directory, name)))
      .digest('hex'),
  ]
  return Object.fromEntries(await Promise.all(names.map(digest)))
}

/** The part of the package that writes. */
export interface OldWriter {
  addSubscriptions(client: { readonly id: string }, subs: readonly object[]): Promise<void>
  outgoingEnqueue(sub: { readonly clientId: string }, packet: object): Promise<void>
  outgoingEnqueueCombi(subs: readonly { readonly clientId: string }[], packet: object): Promise<void>
  storeRetained(packet: object): Promise<void>
  putWill(client: { readonly id: string }, packet: object): Promise<void>
}

export const openOld = (directory: string): { readonly db: Level; readonly writer: OldWriter } => {
  const db = new Level(directory)
  return { db, writer: aedesPersistenceLevel(db) as unknown as OldWriter }
}

export interface OldData {
  /** Client ids, each with a subscription. */
  readonly clients?: readonly string[]
  readonly retained?: number
  /** Messages that wait for each client. */
  readonly queued?: number
}

/** What a broker would have stored, by its package alone. */
export const fillOld = async (directory: string, { clients = [], retained = 0, queued = 0 }: OldData): Promise<void> => {
  const { db, writer } = openOld(directory)
  for (const id of clients) await writer.addSubscriptions({ id }, [{ topic: 'plant/#', qos: 1 }])
  const publish = { brokerId: 'b', qos: 1, retain: false, payload: Buffer.alloc(1000, 'x') }
  for (let at = 0; at < retained; at++) await writer.storeRetained({ ...publish, topic: `plant/retained/${at}` })
  for (let at = 1; at <= queued; at++) {
    const subs = clients.map((clientId) => ({ clientId }))
    await writer.outgoingEnqueueCombi(subs, { ...publish, topic: 'plant/x', payload: Buffer.from(`${at}`.padEnd(1000)), brokerCounter: at })
  }
  await db.close()
}
