// Limits the number of simultaneous downloads; further ones wait in a queue, for a limited time (protocol.md §7). Knows no HTTP.

export interface TransferSlots {
  /** True: a slot, to be freed by `leave`. False: none became free in time, the client disconnected, or the slots are shut. */
  enter(left: AbortSignal): boolean | Promise<boolean>
  leave(): void
  /** Refuses all waiting downloads, and later ones that would have to wait. */
  shut(): void
  readonly active: () => number
  readonly waiting: () => number
}

type Settle = (entered: boolean) => void

/** `max` slots; first come, first served. `waitMs` limits the wait; `changed` is called when a download starts to wait and when one leaves. */
export const createTransferSlots = (max: number, waitMs: number, changed: () => void): TransferSlots => {
  const queue = new Set<Settle>()
  let active = 0
  let shut = false

  const wait = (left: AbortSignal): Promise<boolean> =>
    new Promise((resolve) => {
      const settle: Settle = (entered) => {
        clearTimeout(timer)
        left.removeEventListener('abort', refuse)
        queue.delete(settle)
        resolve(entered)
      }
      const refuse = (): void => settle(false)
      const timer = setTimeout(refuse, waitMs)
      left.addEventListener('abort', refuse)
      queue.add(settle)
      changed()
    })

  return {
    enter: (left) => {
      if (left.aborted) return false
      if (active >= max) return shut ? false : wait(left)
      active += 1
      return true
    },
    leave: () => {
      const [next] = queue
      if (next === undefined) active -= 1
      else next(true)
      changed()
    },
    shut: () => {
      shut = true
      for (const settle of queue) settle(false)
    },
    active: () => active,
    waiting: () => queue.size,
  }
}
