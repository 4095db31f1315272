// The places of simultaneous downloads (protocol.md §7): a task's newer request takes over from its own oldest transfer, one that moves
// no byte gives its place to one that waits, and a request waits as long as its client does. Knows no HTTP.

import { createTransferLine, type TransferLine } from './transfer-line.ts'

/** Whether a client has disconnected: what transfers and limits use of an `AbortSignal`. */
export interface Leaving {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** One transfer, as the places use it. */
export interface TransferParts {
  readonly task: number
  /** Aborted when its client disconnects. */
  readonly left: Leaving
  /** Bytes that its connection has not sent yet: fewer than before is a byte that moved. */
  unsent(): number
  /** It makes room for a newer request of its own task, and ends. */
  superseded(): void
  /** Its task is canceled: it ends if its answer has begun. */
  cut(): void
}

/** One request for bytes, to its last byte. It may lose its place on the way, and then waits for another one. */
export interface Transfer {
  /** True: it has a place, or is let through without one. False: its client disconnected, it was superseded, or the server is stopping. */
  hold(): boolean | Promise<boolean>
  /** A write has begun: from now on its client is waited for. */
  writing(): void
  /** All of the write was accepted. */
  wrote(): void
  leave(): void
}

export interface TransferSlots {
  begin(parts: TransferParts): Transfer
  /** A transfer that begins now has its place at once. */
  hasRoom(): boolean
  /** Whether the task has a transfer. */
  has(task: number): boolean
  /** Ends all of the task's transfers that have begun. */
  cut(task: number): void
  /** The task's device is back on a newer connection: a transfer that does not move from now on belongs to the one before. */
  returned(task: number): void
  /** Waiting requests of the task are about to be refused: they need no place. */
  letThrough(task: number): void
  /** Refuses all waiting requests, and later ones that would have to wait. */
  shut(): void
  readonly active: () => number
  readonly waiting: () => number
}

export interface SlotOptions {
  readonly max: number
  /** A transfer that moves no byte for this long gives its place to one that waits. */
  readonly idleMs: number
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number
  /** A transfer began or ceased to wait, or left its place. */
  readonly changed: () => void
  /** A transfer was ended for newer ones of its task. */
  readonly turnedAway: (task: number) => void
}

/** A device fetches a few ranges at once, not more: a further request ends the oldest one of its task. */
const transfersPerTask = 4
/** A transfer that has not moved this long after its device has come back loses its place. */
const RETURNED_MS = 1_000
const LONGEST_LOOK_MS = 500

interface State {
  readonly options: SlotOptions
  /** All transfers of each task, the oldest first. */
  readonly tasks: Map<number, Entry[]>
  readonly holding: Set<Entry>
  readonly line: TransferLine<Entry>
  look: NodeJS.Timeout | undefined
  isShut: boolean
}

class Entry implements Transfer {
  readonly task: number
  readonly parts: TransferParts
  state: 'new' | 'waiting' | 'holding' | 'suspended' | 'ended' = 'new'
  isWriting = false
  movedAt = 0
  /** `unsent` when it was last looked at. */
  unsentAt = 0
  returnedAt: number | undefined = undefined
  settle: ((entered: boolean) => void) | undefined = undefined
  private readonly all: State

  constructor(all: State, parts: TransferParts) {
    this.all = all
    this.parts = parts
    this.task = parts.task
  }

  hold(): boolean | Promise<boolean> {
    return hold(this.all, this)
  }

  writing(): void {
    this.isWriting = true
    noteMoved(this, this.all.options.now())
  }

  wrote(): void {
    this.isWriting = false
    this.returnedAt = undefined
  }

  leave(): void {
    end(this.all, this)
  }
}

const noteMoved = (entry: Entry, now: number): void => {
  entry.movedAt = now
  entry.unsentAt = entry.parts.unsent()
  entry.returnedAt = undefined
}

/** Only waiting for the client counts as idle, not for the disk or for bandwidth. */
const isStalled = (entry: Entry, idleMs: number, now: number): boolean => {
  if (!entry.isWriting) return false
  if (entry.parts.unsent() < entry.unsentAt) noteMoved(entry, now)
  return now - entry.movedAt >= idleMs || (entry.returnedAt !== undefined && now - entry.returnedAt >= RETURNED_MS)
}

const holderOf = ({ tasks }: State, task: number): Entry | undefined => {
  for (const entry of tasks.get(task) ?? []) if (entry.state === 'holding') return entry
  return undefined
}

const stalledOne = ({ holding, options }: State): Entry | undefined => {
  const now = options.now()
  for (const entry of holding) if (isStalled(entry, options.idleMs, now)) return entry
  return undefined
}

const give = ({ holding }: State, entry: Entry): true => {
  entry.state = 'holding'
  holding.add(entry)
  return true
}

/** It keeps its connection, and waits for a place once that accepts bytes again. */
const suspend = ({ holding }: State, entry: Entry): void => {
  entry.state = 'suspended'
  holding.delete(entry)
}

const giveNext = (state: State): void => {
  const next = state.line.take()
  if (next === undefined) return
  give(state, next)
  next.settle?.(true)
}

/** While a request waits, idle transfers are looked for a few times a second. */
const lookLater = (state: State): void => {
  if (state.look !== undefined) return
  const look = (): void => {
    state.look = undefined
    let from = stalledOne(state)
    for (; from !== undefined && state.line.size() > 0; from = stalledOne(state)) {
      suspend(state, from)
      giveNext(state)
    }
    if (state.line.size() > 0) lookLater(state)
  }
  state.look = setTimeout(look, Math.min(LONGEST_LOOK_MS, state.options.idleMs / 4))
  state.look.unref()
}

const wait = (state: State, entry: Entry): Promise<boolean> =>
  new Promise((resolve) => {
    const refuse = (): void => entry.settle?.(false)
    entry.settle = (entered) => {
      entry.parts.left.removeEventListener('abort', refuse)
      entry.settle = undefined
      state.line.remove(entry)
      if (entry.state === 'waiting') entry.state = 'suspended'
      resolve(entered)
      state.options.changed()
    }
    entry.state = 'waiting'
    entry.parts.left.addEventListener('abort', refuse)
    state.line.add(entry)
    lookLater(state)
    state.options.changed()
  })

/** A new request takes the place of its task's own oldest transfer; any other one that of a transfer that does not move. */
const hold = (state: State, entry: Entry): boolean | Promise<boolean> => {
  if (entry.state === 'holding') return true
  if (entry.state === 'ended' || entry.parts.left.aborted) return false
  if (state.holding.size < state.options.max) return give(state, entry)
  const from = (entry.state === 'new' ? holderOf(state, entry.task) : undefined) ?? stalledOne(state)
  if (from === undefined) return state.isShut ? false : wait(state, entry)
  suspend(state, from)
  return give(state, entry)
}

const forget = ({ tasks }: State, entry: Entry): void => {
  const own = tasks.get(entry.task) ?? []
  if (own.length > 1) own.splice(own.indexOf(entry), 1)
  else tasks.delete(entry.task)
}

const end = (state: State, entry: Entry): void => {
  if (entry.state === 'ended') return
  forget(state, entry)
  entry.state = 'ended'
  entry.settle?.(false)
  if (!state.holding.delete(entry)) return
  if (state.line.size() > 0) giveNext(state)
  state.options.changed()
}

const begin = (state: State, parts: TransferParts): Transfer => {
  const { options, tasks } = state
  const before = tasks.get(parts.task)
  const oldest = before?.[0]
  if (before !== undefined && oldest !== undefined && before.length >= transfersPerTask) {
    end(state, oldest)
    oldest.parts.superseded()
    options.turnedAway(parts.task)
  }
  const entry = new Entry(state, parts)
  if (before === undefined) tasks.set(parts.task, [entry])
  else before.push(entry)
  return entry
}

export const createTransferSlots = (options: SlotOptions): TransferSlots => {
  const tasks: State['tasks'] = new Map()
  const line: State['line'] = createTransferLine((task) => holderOf(state, task) !== undefined)
  const state: State = { options, tasks, holding: new Set(), line, look: undefined, isShut: false }
  return {
    begin: (parts) => begin(state, parts),
    has: (task) => tasks.has(task),
    cut: (task) => {
      for (const { parts } of tasks.get(task) ?? []) parts.cut()
    },
    hasRoom: () => state.holding.size < options.max,
    returned: (task) => {
      for (const entry of tasks.get(task) ?? []) {
        entry.unsentAt = entry.parts.unsent()
        entry.returnedAt = options.now()
      }
    },
    letThrough: (task) => {
      for (const entry of line.of(task)) entry.settle?.(true)
    },
    shut: () => {
      state.isShut = true
      for (const entry of line.all()) entry.settle?.(false)
    },
    active: () => state.holding.size,
    waiting: () => line.size(),
  }
}
