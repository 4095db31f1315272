// The store over any disk: wires memory, commits and queries together.
// Knows neither LevelDB nor what the records mean.

import type { DeviceKey, Tally, Waiting } from '../ota/model.ts'
import { emptyTally } from '../ota/model.ts'
import type { Companion, Queries, Reads, Store, Tables, Writes } from '../ota/ports/store.ts'
import { findAllTasks } from './all-tasks.ts'
import type { Current } from './changes.ts'
import type { Disk } from './disk.ts'
import { secretKey } from './keys.ts'
import type { Numbered, RecordStep } from './layout.ts'
import type { Beside, Ledger, WatchedStep } from './ledger.ts'
import { commitChanges, settled } from './ledger.ts'
import { checkFormat, loadMemoryImage, parseEnded, parseListed } from './load.ts'
import type { MemoryImage } from './memory-image.ts'
import { openTasksOf, tallyName, taskIdBack } from './memory-image.ts'
import { findEnded, findInstalled, findNotifiedSince, findTask, findTaskNow, findTasks } from './query.ts'
import { createTrimmer, findTimeline } from './timeline-rows.ts'

const createCurrent = (disk: Disk, image: MemoryImage): Current => {
  const readers: { readonly [T in keyof Tables]: (like: Tables[T]) => Tables[T] | undefined } = {
    device: ({ key }) => image.device.get(key),
    firmware: ({ id }) => image.firmware.get(id),
    campaign: ({ id }) => image.campaign.get(id),
    task: ({ id }) => findTaskNow(disk, image, id),
    waiting: ({ campaign, device }) => image.waiting.get(campaign)?.get(device),
  }
  return (table, like) => readers[table](like)
}

/** Assigns ids above those of stored records; an id that no commit used may be assigned again after a restart. */
const createIds = (image: MemoryImage): ((table: Numbered) => number) => {
  const ids = new Map<Numbered, number>()
  return (table) => {
    const id = Math.max(ids.get(table) ?? 0, image.last.get(table) ?? 0) + 1
    ids.set(table, id)
    return id
  }
}

/** Reads a stored value or makes it; concurrent calls get the same one. */
const createSecrets = (disk: Disk): Writes['secret'] => {
  const known = new Map<string, Promise<string>>()
  const read = async (name: string, make: () => string): Promise<string> => {
    const stored = await disk.get(secretKey(name))
    if (stored !== undefined) return stored
    const value = make()
    await disk.commit([{ type: 'put', key: secretKey(name), value }])
    return value
  }
  return (name, make) => {
    const value = known.get(name) ?? read(name, make)
    known.set(name, value)
    value.catch(() => known.delete(name))
    return value
  }
}

const noneWaiting: ReadonlyMap<DeviceKey, Waiting> = new Map()

const createReads = (image: MemoryImage): Reads => ({
  device: (key) => image.device.get(key),
  devices: () => image.device.values(),
  firmware: (id) => image.firmware.get(id),
  firmwares: () => image.firmware.values(),
  campaign: (id) => image.campaign.get(id),
  campaigns: () => image.campaign.values(),
  tally: (campaign, phase): Tally => image.tally.get(tallyName(campaign, phase ?? null)) ?? emptyTally,
  waiting: (campaign) => image.waiting.get(campaign) ?? noneWaiting,
  waitingOf: (device) => image.waitingOf.get(device) ?? [],
  openTask: (id) => image.open.get(id),
  openTasks: () => image.open.values(),
  openTasksOf: (device) => openTasksOf(image, device),
})

const createQueries = (disk: Disk, image: MemoryImage): Queries => ({
  task: (id) => findTask(disk, image, id),
  tasks: (query) => findTasks(disk, image, query, parseEnded),
  listed: (query) => findTasks(disk, image, query, parseListed),
  allTasks: (filter, turns) => findAllTasks(disk, image, filter, turns),
  installed: (device) => findInstalled(disk, device),
  timeline: (device) => findTimeline(disk, device),
  endedTasks: (after, limit) => findEnded(disk, image, after, limit),
  notifiedSince: (since) => findNotifiedSince(disk, image, since),
  taskIdBack: (count) => taskIdBack(image, count),
  clock: () => image.clock,
})

const rowsBeside = <K extends WatchedStep['kind']>(companion: Companion, { kind, before, after }: RecordStep<K>, reads: Reads) =>
  companion.rowsOf(kind, before, after, reads)

const besideOf = (companion: Companion, reads: Reads): Beside => ({
  rowsOf: (step) => rowsBeside(companion, step, reads),
  settled: companion.settled,
})

/**
 * Opens the store on a disk, or creates one on an empty disk. Throws OTA_STORE_NEWER if a newer Fogbell wrote it,
 * OTA_STORE_UNREADABLE with the key if a record is invalid. The caller closes the disk.
 */
export const openStore = async (disk: Disk, companion: Companion | null = null): Promise<Store> => {
  await checkFormat(disk)
  const image = await loadMemoryImage(disk)
  const reads = createReads(image)
  const ledger: Ledger = {
    disk,
    image,
    companion: companion === null ? null : besideOf(companion, reads),
    current: createCurrent(disk, image),
    watchers: [],
    pending: [],
    trim: createTrimmer(disk),
    rewrite: undefined,
  }
  return {
    reads,
    queries: createQueries(disk, image),
    writes: {
      nextId: createIds(image),
      secret: createSecrets(disk),
      commit: (changes) => commitChanges(ledger, changes),
      watch: (watcher) => {
        ledger.watchers.push(watcher)
      },
      settled: () => settled(ledger),
    },
  }
}
