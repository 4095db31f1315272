// A first-in, first-out queue with constant cost for each operation, however long it is.

export interface Fifo<T> {
  readonly length: number
  push(item: T): void
  peek(): T | undefined
  shift(): T | undefined
  clear(): void
  [Symbol.iterator](): IterableIterator<T>
}

const slack = 64

export const createFifo = <T>(): Fifo<T> => {
  let items: (T | undefined)[] = []
  let head = 0
  return {
    get length() {
      return items.length - head
    },
    push: (item) => void items.push(item),
    peek: () => items[head],
    shift() {
      if (head >= items.length) return undefined
      const item = items[head]
      // Frees what was taken: a few bytes of it can keep a whole slab of memory alive.
      items[head] = undefined
      head += 1
      if (head === items.length) {
        items.length = head = 0
      } else if (head >= slack && head * 2 >= items.length) {
        items = items.slice(head)
        head = 0
      }
      return item
    },
    clear() {
      items = []
      head = 0
    },
    *[Symbol.iterator]() {
      for (let at = head; at < items.length; at++) yield items[at] as T
    },
  }
}
