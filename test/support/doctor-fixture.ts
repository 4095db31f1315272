// A data directory that a real server has written and left, with one package, for tests that plant faults in it.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Called, callFogbell } from './call-fogbell.ts'
import { startInside } from './inside-server.ts'
import { addImage, makePlace } from './server-fixture.ts'

export interface ShownFinding {
  readonly area: string
  readonly result: string
  readonly code: string
  readonly text: string
  readonly params: Readonly<Record<string, unknown>>
  readonly remedy: { readonly text: string; readonly code: string } | null
}

export interface Examined extends Called {
  readonly findings: readonly ShownFinding[]
  /** What is neither ok nor left out, as `result code`. */
  readonly wrong: readonly string[]
  of(code: string): ShownFinding | undefined
}

/** What the machine that runs the tests may have. */
const ofMachine: ReadonlySet<string> = new Set(['doctor_clock_unsynchronized', 'doctor_disk_low'])

/** `fogbell doctor --json` with these arguments. */
export const examine = async (...args: readonly string[]): Promise<Examined> => {
  const called = await callFogbell(['doctor', '--json', ...args])
  const { findings }: { findings: readonly ShownFinding[] } = called.stdout === '' ? { findings: [] } : JSON.parse(called.stdout)
  const wrong = findings
    .filter(({ result, code }) => (result === 'warning' || result === 'fault') && !ofMachine.has(code))
    .map(({ result, code }) => `${result} ${code}`)
  return { ...called, findings, wrong, of: (code) => findings.find((each) => each.code === code) }
}

/** Settings of a machine without faults: free ports, and no more connections than any machine has files for. */
export const harmless = {
  mqtt: { listeners: [{ url: 'mqtt://127.0.0.1:0' }], maxConnections: 100 },
  firmware: { listen: { host: '127.0.0.1', port: 0 }, maxDownloads: 100 },
  admin: { listen: { host: '127.0.0.1', port: 0 } },
}

export const mib = 1_048_576

export interface LeftData {
  readonly data: string
  readonly image: string
  /** Writes a settings file; the arguments that name it and the directory. */
  settings(settings: object): Promise<readonly string[]>
  clean(): Promise<void>
}

/** The image has two and a half MiB. */
export const leaveData = async (): Promise<LeftData> => {
  const { path, clean } = await makePlace()
  const data = join(path, 'data')
  const server = await startInside(data)
  await addImage(server, { product: 'lamp', version: '2.0.0' }, Buffer.alloc(2.5 * mib, 7))
  const { items } = (await server.call('GET', '/firmware')) as { readonly items?: readonly { readonly sha256: string }[] }
  await server.stop()
  const settings: LeftData['settings'] = async (given) => {
    const config = join(path, 'settings.json')
    await writeFile(config, JSON.stringify(given))
    return ['--data', data, '--config', config]
  }
  return { data, image: join(data, 'images', items?.[0]?.sha256 ?? ''), settings, clean }
}
