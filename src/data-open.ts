// Opens the data of a directory that was checked: creates a new store atomically, writes the directory's marker, and reports what a damaged
// log has lost.

import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { checkDataDir, type DataRules, type DataState, instanceSecret, isLossAccepted, storeDirectory } from './data-check.ts'
import { acceptLossFile, dataDirUnusable, makeDataDir, writeMarker } from './data-dir.ts'
import type { Log } from './log.ts'
import type { Store } from './ota/ports/store.ts'
import { isAlive } from './process-alive.ts'
import type { LogDamage } from './store/files/log-damage.ts'
import { lossKey, lossRange } from './store/keys.ts'
import { type OpenOptions, openLevel } from './store/level.ts'
import { storeFormat } from './store/load.ts'
import { openStore } from './store/records.ts'

type Level = Awaited<ReturnType<typeof openLevel>>

/** What the start could not read of the store; all zero after a clean stop, and after most power cuts. */
export interface StartLoss {
  readonly bytes: number
  readonly commits: number
}

/** A loss that had to be accepted. */
interface AcceptedLoss {
  readonly at: number
  readonly facts: { readonly bytes: number; readonly commits: number }
}

export interface OpenedData extends Level {
  readonly lost: StartLoss
  /** The directory has its marker, of this format. */
  readonly isMarked: boolean
}

const temporaryName = /^store\.(\d+)\.tmp$/

const syncDirectory = async (directory: string): Promise<void> => {
  const handle = await open(directory, 'r')
  // Some systems cannot sync a directory.
  await handle.sync().catch(() => undefined)
  await handle.close()
}

/** Left behind by first starts that were killed. */
const clearLeftovers = async (directory: string): Promise<void> => {
  for (const name of await readdir(directory)) {
    const pid = Number(temporaryName.exec(name)?.[1])
    if (pid === process.pid || (pid > 0 && !isAlive(pid))) await rm(join(directory, name), { recursive: true, force: true })
  }
}

/** The id of a store, made at its first opening. */
export const instanceOf = (store: Store): Promise<string> => store.writes.secret(instanceSecret, randomUUID)

/** The store is created beside its final place and renamed, so that a power cut leaves no half of one. */
const makeStore = async (directory: string): Promise<void> => {
  await makeDataDir(directory)
  await clearLeftovers(directory)
  const temporary = join(directory, `store.${process.pid}.tmp`)
  try {
    await mkdir(temporary, { mode: 0o700 })
    const { batches } = await openLevel(temporary)
    try {
      await instanceOf(await openStore(batches))
    } finally {
      await batches.close()
    }
    await syncDirectory(temporary)
    await rename(temporary, storeDirectory(directory))
    await syncDirectory(directory)
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined)
    throw dataDirUnusable(directory, cause)
  }
}

const damageOf = (state: DataState): readonly LogDamage[] => (state.kind === 'new' ? [] : state.damage)

/** Reports what is lost. A loss that had to be accepted is recorded in the store with its time. */
const reportLoss = async (
  directory: string,
  { batches, loss }: Level,
  damage: readonly LogDamage[],
  log: Log,
  now: number,
): Promise<StartLoss> => {
  const bytes = Math.max(
    damage.reduce((sum, each) => sum + each.bytes, 0),
    loss.bytes,
  )
  const lost = { bytes, commits: loss.commits }
  if (bytes === 0 && loss.commits === 0) return lost
  const fields = { directory, ...lost, damage }
  const accepted = damage.some(({ commitsBehind }) => commitsBehind > 0)
  const uncounted = accepted ? 'how many commits were in them is not known' : 'no commit is known to be missing'
  const counted = loss.commits === 0 ? uncounted : `at least ${loss.commits} commits that were on disk before are missing`
  if (accepted) {
    await batches.commit([{ type: 'put', key: lossKey(now), value: JSON.stringify({ at: now, ...lost, damage }) }])
    log.warn(fields, `the store's log is damaged, and its loss was accepted: ${bytes} bytes could not be read; ${counted}`)
  } else log.warn(fields, `the end of the store's log is missing, as after a power cut: ${bytes} bytes could not be read; ${counted}`)
  return lost
}

/** The losses that were accepted, oldest first. */
export const acceptedLosses = async (batches: Pick<Level['batches'], 'range'>): Promise<readonly AcceptedLoss[]> => {
  const losses: AcceptedLoss[] = []
  for await (const [key, text] of batches.range(...lossRange)) {
    const { at, bytes, commits }: Partial<StartLoss> & { readonly at?: number } = JSON.parse(text)
    losses.push({ at: at ?? Number(key.slice(lossRange[0].length)), facts: { bytes: bytes ?? 0, commits: commits ?? 0 } })
  }
  return losses
}

/** A loss is accepted once. */
const useUp = (directory: string): Promise<void> =>
  rm(acceptLossFile(directory), { force: true }).catch((cause: unknown) => {
    throw dataDirUnusable(directory, cause)
  })

export interface OpenDataOptions extends DataRules, Pick<OpenOptions, 'wrote'> {
  readonly directory: string
  readonly log: Log
  readonly now: number
}

/** Rejects as `checkDataDir` does, with nothing changed; otherwise the caller closes `batches`. */
export const openData = async (options: OpenDataOptions): Promise<OpenedData> => {
  const { directory, log, now, wrote } = options
  const state = await checkDataDir(directory, options)
  if (state.kind === 'new') await makeStore(directory)
  const level = await openLevel(storeDirectory(directory), { mustExist: true, ...(wrote !== undefined && { wrote }) })
  try {
    const lost = await reportLoss(directory, level, damageOf(state), log, now)
    if (await isLossAccepted(directory, options)) await useUp(directory)
    return { ...level, lost, isMarked: state.kind === 'whole' && state.marker.format === storeFormat }
  } catch (error) {
    await level.batches.close()
    throw error
  }
}

/** Marks the directory as the one of this store. */
export const markData = async (directory: string, store: Store): Promise<void> => {
  await writeMarker(directory, { id: await instanceOf(store), format: storeFormat }).catch((cause: unknown) => {
    throw dataDirUnusable(directory, cause)
  })
}

const guardMs = 3_600_000

/** In a store's first hour, images that no package refers to may belong to data that is still being restored. */
export const isPastFirstHour = async (store: Store, now: number): Promise<boolean> =>
  now - Number(await store.writes.secret('born', () => String(now))) >= guardMs
