// Pages of tasks: open ones from memory, ended ones from the lists on disk, in the order of their ids.
// A task may end or change while the disk is read, so each one is looked up again at the end.

import type { DeviceKey, Installed, Task } from '../ota/model.ts'
import { isOpen } from '../ota/model.ts'
import type { ListedTask, TaskQuery } from '../ota/ports/store.ts'
import type { Disk } from './disk.ts'
import { idOfListKey, installedRange, listRange, notifiedRange, rowKey, rowRange } from './keys.ts'
import { listsOf, markFilter, taskPasses } from './layout.ts'
import { parseEnded, parseInstalled } from './load.ts'
import type { MemoryImage } from './memory-image.ts'
import { openTasksOf } from './memory-image.ts'

/** The task in memory; `known` is false if it can only be on disk. */
const inMemory = (image: MemoryImage, id: number): { readonly known: boolean; readonly task: Task | undefined } => {
  const task = image.open.get(id)
  return task === undefined ? { known: image.leaving.has(id), task: image.leaving.get(id) } : { known: true, task }
}

/** The current task, open or ended. */
export const findTask = async (disk: Disk, image: MemoryImage, id: number): Promise<Task | undefined> => {
  const before = inMemory(image, id)
  if (before.known) return before.task
  const text = await disk.get(rowKey.ended(id))
  const after = inMemory(image, id)
  if (after.known) return after.task
  return text === undefined ? undefined : parseEnded(disk.where, id, text)
}

/** Tasks that are read from disk and parsed in one go, which takes about a millisecond. */
export const tasksAtOnce = 100

/** The records of ended tasks, by ascending ids. Those of ids that lie close together are read as a range, which takes half of the time. */
const textsOf = async (disk: Disk, ids: readonly number[]): Promise<readonly (string | undefined)[]> => {
  const [first = 0, last = 0] = [ids[0], ids.at(-1)]
  const span = last - first + 1
  if (span > 2 * ids.length) return disk.many(ids.map(rowKey.ended))
  const found = new Map<number, string>()
  for await (const rows of disk.pieces(rowKey.ended(first), rowKey.ended(last + 1), span)) {
    for (const [key, text] of rows) found.set(idOfListKey(key), text)
  }
  return ids.map((id) => found.get(id))
}

/** Reads a task from its row: `parseEnded` or `parseListed`. */
type Parse<T> = (where: string, id: number, text: string) => T

/** The current tasks of the ids, ascending and at most `tasksAtOnce`; undefined where there is none. */
export const findSome = async <T>(
  disk: Disk,
  image: MemoryImage,
  ids: readonly number[],
  parse: Parse<T>,
): Promise<readonly (Task | T | undefined)[]> => {
  const onDisk = ids.filter((id) => !inMemory(image, id).known)
  const texts = onDisk.length === 0 ? [] : await textsOf(disk, onDisk)
  const read = new Map(onDisk.map((id, at) => [id, texts[at]]))
  const found: (Task | T | undefined)[] = []
  for (const id of ids) {
    const { known, task } = inMemory(image, id)
    const text = read.get(id)
    // One that left memory meanwhile was not read.
    if (!known && !read.has(id)) found.push(await findTask(disk, image, id))
    else found.push(known || text === undefined ? task : parse(disk.where, id, text))
  }
  return found
}

/** As `findTask`, synchronously: it blocks, so only for a commit, which must check the revision of an ended task before it returns. */
export const findTaskNow = (disk: Disk, image: MemoryImage, id: number): Task | undefined => {
  const { known, task } = inMemory(image, id)
  if (known || id > (image.last.get('task') ?? 0)) return task
  const text = disk.peek(rowKey.ended(id))
  return text === undefined ? undefined : parseEnded(disk.where, id, text)
}

const addFromMemory = (image: MemoryImage, query: TaskQuery, after: number, ids: Set<number>): void => {
  const open = query.device === undefined ? image.open.values() : openTasksOf(image, query.device)
  for (const task of open) if (task.id > after && taskPasses(task, query)) ids.add(task.id)
  for (const task of image.leaving.values()) if (task !== undefined && task.id > after && taskPasses(task, query)) ids.add(task.id)
}

/** Adds the first matching ids of one list, as many as a page can need. */
const addFromList = async (disk: Disk, prefix: string, query: TaskQuery, after: number, ids: Set<number>): Promise<void> => {
  const passes = markFilter(query)
  let wanted = query.limit + 1
  for await (const rows of disk.pieces(...listRange(prefix, after))) {
    for (const [key, mark] of rows) {
      if (!passes(mark)) continue
      ids.add(idOfListKey(key))
      wanted -= 1
      if (wanted === 0) return
    }
  }
}

/** `Queries.tasks` and `Queries.listed`: see the port. A task that stopped matching while the page was read is left out. */
export const findTasks = async <T extends ListedTask>(
  disk: Disk,
  image: MemoryImage,
  query: TaskQuery,
  parse: Parse<T>,
): Promise<{ readonly items: readonly (Task | T)[]; readonly next: number | null }> => {
  const after = query.after ?? 0
  const ids = new Set<number>()
  addFromMemory(image, query, after, ids)
  for (const prefix of listsOf(query)) await addFromList(disk, prefix, query, after, ids)
  const page = [...ids].sort((a, b) => a - b).slice(0, query.limit)
  const items: (Task | T)[] = []
  for (let at = 0; at < page.length; at += tasksAtOnce) {
    for (const task of await findSome(disk, image, page.slice(at, at + tasksAtOnce), parse)) {
      if (task !== undefined && taskPasses(task, query)) items.push(task)
    }
  }
  return { items, next: ids.size > page.length ? (page.at(-1) ?? null) : null }
}

/** `Queries.installed`: see the port. */
export const findInstalled = async (disk: Disk, device: DeviceKey): Promise<readonly Installed[]> => {
  const all: Installed[] = []
  for await (const row of disk.range(...installedRange(device))) all.push(parseInstalled(disk.where, row))
  return all
}

/** `Queries.notifiedSince`: see the port. */
export const findNotifiedSince = async (disk: Disk, image: MemoryImage, since: number): Promise<readonly Task[]> => {
  const tasks = [...image.open.values()].filter(({ slotAt }) => slotAt !== null && slotAt >= since)
  for await (const [key] of disk.range(...notifiedRange(since))) {
    const task = await findTask(disk, image, idOfListKey(key))
    if (task !== undefined && !isOpen(task.state)) tasks.push(task)
  }
  return tasks
}

/** `Queries.endedTasks`: see the port. In the order of the disk; tasks removed meanwhile are left out. */
export const findEnded = async (disk: Disk, image: MemoryImage, after: number, limit: number): Promise<readonly Task[]> => {
  const tasks: Task[] = []
  for await (const [key, text] of disk.range(rowKey.ended(after + 1), rowRange('ended')[1], limit)) {
    const id = idOfListKey(key)
    const { known, task } = inMemory(image, id)
    if (!known) tasks.push(parseEnded(disk.where, id, text))
    else if (task !== undefined && !isOpen(task.state)) tasks.push(task)
  }
  return tasks
}
