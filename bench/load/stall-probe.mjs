// Loaded into a server with --import: when its parent asks, it says for how long its event loop stood still at most since the last question.

import { monitorEventLoopDelay } from 'node:perf_hooks'

const delay = monitorEventLoopDelay({ resolution: 1 })
delay.enable()
process.on('message', () => {
  process.send?.({ longest: delay.max / 1e6, p99: delay.percentile(99) / 1e6 })
  delay.reset()
})
// The question alone keeps no server running.
process.channel?.unref()
