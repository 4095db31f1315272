// The pace of a part of the fuzz: how many cases begin in a second, how many run at once; and who notes what they find.

import { sleep } from '../children.mjs'

/**
 * Whether the server keeps up: `probe()` is asked again and again, and while an answer takes more than half a second no case begins. Otherwise,
 * where other programs use all processors, connections would pile up in front of the server that nobody waits for any more.
 */
export const createGate = (probe, signal) => {
  let waitsSince = null
  const run = async () => {
    while (!signal.aborted) {
      waitsSince = performance.now()
      await probe()
      waitsSince = null
      await sleep(200)
    }
  }
  return { run, isOpen: () => waitsSince === null || performance.now() - waitsSince < 500 }
}

/**
 * Runs `work(number)` for rising numbers: at most `perSecond` begin in a second, and `most` run at once, while the gate is
 * open, until `signal` aborts. Resolves when all have ended; the number of the next one.
 */
export const paced = async ({ perSecond, most, first = 0, signal, gate }, work) => {
  const running = new Set()
  let number = first
  while (!signal.aborted) {
    if (running.size < most && gate.isOpen()) {
      const one = work(number).finally(() => running.delete(one))
      running.add(one)
      number += 1
    }
    await sleep(1000 / perSecond)
  }
  await Promise.all(running)
  return number
}

const kept = 200

/** What was found, printed at once, the first 200; and figures of what was done. */
export const createFindings = () => {
  const counts = new Map()
  let faults = 0
  return {
    /** `where`: part and number of the case, so that it can be repeated. */
    fault: (where, text) => {
      faults += 1
      if (faults <= kept) console.log(`FAULT ${where}: ${text}`)
    },
    count: (what, by = 1) => counts.set(what, (counts.get(what) ?? 0) + by),
    most: (what, value) => counts.set(what, Math.max(counts.get(what) ?? 0, Math.round(value))),
    faults: () => faults,
    figures: () => [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([what, count]) => `${what} ${count}`),
  }
}
