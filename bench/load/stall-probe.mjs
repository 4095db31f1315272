// Loaded into a server with --import: when its parent asks, it says for how long its event loop stood still at most since the last question, and
// how much of that it was working itself. The rest is time in which other programs had the processor, or the collector was at work in its own
// threads. Linux only.

import { readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

const delay = monitorEventLoopDelay({ resolution: 1 })
delay.enable()

/** Processor time of the main thread, milliseconds. */
const worked = () => Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ')[0]) / 1e6

let last = worked()
let longest = 0
setInterval(() => {
  const now = worked()
  longest = Math.max(longest, now - last)
  last = now
}, 1).unref()

process.on('message', () => {
  process.send?.({ stall: delay.max / 1e6, work: longest })
  delay.reset()
  longest = 0
})
// The question alone keeps no server running.
process.channel?.unref()
