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

/** What each queue has while nothing is in it; never changed. */
const empty: readonly undefined[] = []

/** Each connection has several: see docs/adr/0020-classes-for-what-each-connection-has.md. */
class Queue<T> implements Fifo<T> {
  private items: readonly (T | undefined)[] = empty
  private head = 0

  get length(): number {
    return this.items.length - this.head
  }

  push(item: T): void {
    if (this.items === empty) this.items = [item]
    else (this.items as (T | undefined)[]).push(item)
  }

  peek(): T | undefined {
    return this.items[this.head]
  }

  shift(): T | undefined {
    const { head } = this
    const items = this.items as (T | undefined)[]
    if (head >= items.length) return undefined
    const item = items[head]
    // Frees what was taken: a few bytes of it can keep a whole slab of memory alive.
    items[head] = undefined
    this.head = head + 1
    if (this.head === items.length) {
      items.length = this.head = 0
    } else if (this.head >= slack && this.head * 2 >= items.length) {
      this.items = items.slice(this.head)
      this.head = 0
    }
    return item
  }

  clear(): void {
    this.items = empty
    this.head = 0
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let at = this.head; at < this.items.length; at++) yield this.items[at] as T
  }
}

export const createFifo = <T>(): Fifo<T> => new Queue<T>()
