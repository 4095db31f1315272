// What a device has received and not yet done, and waiting for more. In RAM: a reboot empties it.

export interface Inbox<T> {
  put(item: T): void
  take(): T | undefined
  /** Replaces the first item for which `is` holds; false if there is none. */
  replace(is: (item: T) => boolean, item: T): boolean
  clear(): void
  /** Resolves when there is an item, after `ms` (0: never), or when `signal` aborts. One caller at a time. */
  arrival(ms: number, signal: AbortSignal): Promise<'arrived' | 'late' | 'aborted'>
}

export const createInbox = <T>(): Inbox<T> => {
  let items: T[] = []
  let wake: (() => void) | null = null

  const arrival = (ms: number, signal: AbortSignal): Promise<'arrived' | 'late' | 'aborted'> =>
    new Promise((resolve) => {
      const timer = ms > 0 ? setTimeout(() => done('late'), ms) : undefined
      const aborted = () => done('aborted')
      const done = (why: 'arrived' | 'late' | 'aborted') => {
        clearTimeout(timer)
        signal.removeEventListener('abort', aborted)
        wake = null
        resolve(why)
      }
      wake = () => done('arrived')
      signal.addEventListener('abort', aborted, { once: true })
      if (signal.aborted) done('aborted')
      else if (items.length > 0) done('arrived')
    })

  return {
    put: (item) => {
      items.push(item)
      wake?.()
    },
    take: () => items.shift(),
    replace: (is, item) => {
      const index = items.findIndex(is)
      if (index >= 0) items[index] = item
      return index >= 0
    },
    clear: () => {
      items = []
    },
    arrival,
  }
}
