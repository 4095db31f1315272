// Blocks of images that are too large to cache: read once for all downloads at the same place, and bounded in number. Knows no files.

import type { Blocks } from './loaded-image.ts'

/** Each holds 1 MiB while it runs. */
const READS_AT_ONCE = 8

const createTurns = (most: number): (<T>(job: () => Promise<T>) => Promise<T>) => {
  const waiting: (() => void)[] = []
  let running = 0
  return async (job) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve))
    else running += 1
    try {
      return await job()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}

/** Keeps the `most` blocks that were used last. What failed is read again the next time. */
export const createBlockPool = (most: number): Blocks => {
  const blocks = new Map<string, Promise<Buffer>>()
  const inTurn = createTurns(READS_AT_ONCE)
  return (key, read) => {
    const block = blocks.get(key) ?? inTurn(read)
    block.catch(() => blocks.get(key) === block && blocks.delete(key))
    blocks.delete(key)
    blocks.set(key, block)
    const [oldest] = blocks.keys()
    if (blocks.size > most && oldest !== undefined) blocks.delete(oldest)
    return block
  }
}
