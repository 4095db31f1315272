// All tasks that match a query, in the order of their ids, in pieces: open ones from memory, ended ones from the lists on disk. A million of
// them take seconds, in which tasks end and change: each is looked up again at the end.

import type { Task } from '../ota/model.ts'
import type { ListedTask, TaskFilter, Turns } from '../ota/ports/store.ts'
import { sortedInPieces } from '../sorted.ts'
import type { Disk } from './disk.ts'
import { idOfListKey, listRange } from './keys.ts'
import { listsOf, markFilter, taskPasses } from './layout.ts'
import { parseListed } from './load.ts'
import type { MemoryImage } from './memory-image.ts'
import { openTasksOf } from './memory-image.ts'
import { findSome, tasksAtOnce } from './query.ts'

/** Ids that are read from a list at a time. */
const idsAtOnce = 1000

/** The next ids of an ordered source; none: there are no more. */
type IdSource = () => Promise<readonly number[]>

const everyOpen = (image: MemoryImage, { device }: TaskFilter): Iterable<Task> =>
  device === undefined ? image.open.values() : openTasksOf(image, device)

/** The matching tasks that are in memory now. */
const idsInMemory = async (image: MemoryImage, filter: TaskFilter, turns: Turns): Promise<readonly number[]> => {
  const ids: number[] = []
  for (const task of image.leaving.values()) if (task !== undefined && taskPasses(task, filter)) ids.push(task.id)
  for (const task of everyOpen(image, filter)) {
    if (taskPasses(task, filter)) ids.push(task.id)
    if (turns.isDue()) await turns.next()
  }
  return sortedInPieces(ids, (one, other) => one - other, turns)
}

const sourceInMemory = (image: MemoryImage, filter: TaskFilter, turns: Turns): IdSource => {
  let all: readonly number[] | undefined
  let at = 0
  return async () => {
    all ??= await idsInMemory(image, filter, turns)
    at += idsAtOnce
    return all.slice(at - idsAtOnce, at)
  }
}

const sourceOnDisk = (disk: Disk, prefix: string, filter: TaskFilter, turns: Turns): IdSource => {
  const passes = markFilter(filter)
  let after = 0
  return async () => {
    const ids: number[] = []
    for await (const rows of disk.pieces(...listRange(prefix, after))) {
      for (const [key, mark] of rows) {
        if (turns.isDue()) await turns.next()
        after = idOfListKey(key)
        if (passes(mark)) ids.push(after)
        if (ids.length === idsAtOnce) return ids
      }
    }
    return ids
  }
}

/** A source and what of it was read and not used yet. */
interface Cursor {
  readonly read: IdSource
  ids: readonly number[]
  isOver: boolean
}

const refill = async (cursor: Cursor): Promise<void> => {
  if (cursor.ids.length > 0 || cursor.isOver) return
  cursor.ids = await cursor.read()
  cursor.isOver = cursor.ids.length === 0
}

/** The ids up to which all cursors have been read, taken from them. */
const taken = (cursors: readonly Cursor[]): readonly number[] => {
  const bound = Math.min(...cursors.filter(({ ids }) => ids.length > 0).map(({ ids }) => ids.at(-1) ?? 0))
  const some = new Set<number>()
  for (const cursor of cursors) {
    for (const id of cursor.ids) if (id <= bound) some.add(id)
    cursor.ids = cursor.ids.filter((id) => id > bound)
  }
  return [...some].sort((one, other) => one - other)
}

/** `Queries.allTasks`: see the port. */
export async function* findAllTasks(
  disk: Disk,
  image: MemoryImage,
  filter: TaskFilter,
  turns: Turns,
): AsyncGenerator<readonly ListedTask[]> {
  const last = image.last.get('task') ?? 0
  const sources = [sourceInMemory(image, filter, turns), ...listsOf(filter).map((prefix) => sourceOnDisk(disk, prefix, filter, turns))]
  const cursors = sources.map((read): Cursor => ({ read, ids: [], isOver: false }))
  for (;;) {
    for (const cursor of cursors) await refill(cursor)
    const ids = taken(cursors)
    if (ids.length === 0) return
    for (let at = 0; at < ids.length; at += tasksAtOnce) {
      const tasks = await findSome(disk, image, ids.slice(at, at + tasksAtOnce), parseListed)
      yield tasks.filter((task) => task !== undefined && task.id <= last && taskPasses(task, filter)) as ListedTask[]
      if (turns.isDue()) await turns.next()
    }
  }
}
