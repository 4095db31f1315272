// The store: what the core calls the truth, over any disk. Wires memory, commits and lists together.
// Knows neither LevelDB nor what the records mean.

import type { DeviceKey, Tally, Waiting } from '../ota/model.ts'
import { emptyTally } from '../ota/model.ts'
import type { Queries, Reads, Store, Tables, Writes } from '../ota/ports/store.ts'
import type { Current } from './changes.ts'
import type { Disk } from './disk.ts'
import { secretKey } from './keys.ts'
import type { Numbered } from './layout.ts'
import type { Ledger } from './ledger.ts'
import { commitChanges, settled } from './ledger.ts'
import { checkFormat, loadMemoryImage } from './load.ts'
import type { MemoryImage } from './memory-image.ts'
import { openTasksOf, tallyName } from './memory-image.ts'
import { findEnded, findInstalled, findNotifiedSince, findTask, findTaskNow, findTasks } from './query.ts'

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

/** Hands out ids from where the disk's records end; an id that no commit used may be handed out again after a restart. */
const createIds = (image: MemoryImage): ((table: Numbered) => number) => {
  const ids = new Map<Numbered, number>()
  return (table) => {
    const id = Math.max(ids.get(table) ?? 0, image.last.get(table) ?? 0) + 1
    ids.set(table, id)
    return id
  }
}

/** Reads a kept value or makes it; those who ask at the same time get the same. */
const createSecrets = (disk: Disk): Writes['secret'] => {
  const known = new Map<string, Promise<string>>()
  const read = async (name: string, make: () => string): Promise<string> => {
    const kept = await disk.get(secretKey(name))
    if (kept !== undefined) return kept
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

const nobody: ReadonlyMap<DeviceKey, Waiting> = new Map()

const createReads = (image: MemoryImage): Reads => ({
  device: (key) => image.device.get(key),
  devices: () => image.device.values(),
  firmware: (id) => image.firmware.get(id),
  firmwares: () => image.firmware.values(),
  campaign: (id) => image.campaign.get(id),
  campaigns: () => image.campaign.values(),
  tally: (campaign, phase): Tally => image.tally.get(tallyName(campaign, phase ?? null)) ?? emptyTally,
  waiting: (campaign) => image.waiting.get(campaign) ?? nobody,
  waitingOf: (device) => image.waitingOf.get(device) ?? [],
  openTask: (id) => image.open.get(id),
  openTasks: () => image.open.values(),
  openTasksOf: (device) => openTasksOf(image, device),
})

const createQueries = (disk: Disk, image: MemoryImage): Queries => ({
  task: (id) => findTask(disk, image, id),
  tasks: (query) => findTasks(disk, image, query),
  installed: (device) => findInstalled(disk, device),
  endedTasks: (after, limit) => findEnded(disk, image, after, limit),
  notifiedSince: (since) => findNotifiedSince(disk, image, since),
  lastTaskId: () => image.last.get('task') ?? 0,
  clock: () => image.clock,
})

/**
 * Opens the store that a disk holds, or begins one on an empty disk. OTA_STORE_NEWER when a newer Fogbell wrote it,
 * OTA_STORE_UNREADABLE naming the key when a record is garbled. The disk stays the caller's to close.
 */
export const openStore = async (disk: Disk): Promise<Store> => {
  await checkFormat(disk)
  const image = await loadMemoryImage(disk)
  const ledger: Ledger = { disk, image, current: createCurrent(disk, image), watchers: [], pending: [], rewrite: undefined }
  return {
    reads: createReads(image),
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
