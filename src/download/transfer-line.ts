// The queue for places, by task: tasks take turns, and those that hold no place come first. Knows neither places nor HTTP.

export interface TransferLine<E> {
  add(entry: E): void
  remove(entry: E): void
  /** Takes out the entry whose turn it is. */
  take(): E | undefined
  of(task: number): readonly E[]
  all(): readonly E[]
  readonly size: () => number
}

/** `holds`: whether the task has a place already. */
export const createTransferLine = <E extends { readonly task: number }>(holds: (task: number) => boolean): TransferLine<E> => {
  const tasks = new Map<number, Set<E>>()
  let size = 0

  const remove = (entry: E): void => {
    const waiting = tasks.get(entry.task)
    if (waiting?.delete(entry) !== true) return
    size -= 1
    if (waiting.size === 0) tasks.delete(entry.task)
  }
  const next = (): E | undefined => {
    for (const [task, waiting] of tasks) if (!holds(task)) return waiting.values().next().value
    return tasks.values().next().value?.values().next().value
  }

  return {
    add: (entry) => {
      tasks.set(entry.task, (tasks.get(entry.task) ?? new Set()).add(entry))
      size += 1
    },
    remove,
    take: () => {
      const entry = next()
      if (entry === undefined) return undefined
      remove(entry)
      const others = tasks.get(entry.task)
      if (others !== undefined && tasks.delete(entry.task)) tasks.set(entry.task, others)
      return entry
    },
    of: (task) => [...(tasks.get(task) ?? [])],
    all: () => [...tasks.values()].flatMap((waiting) => [...waiting]),
    size: () => size,
  }
}
