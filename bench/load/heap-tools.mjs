// Loaded into the server before it starts (`node --import`), for the fuzz only: collects garbage, and writes heap snapshots, when the parent
// process asks. The server itself is started as users start it.

import { setFlagsFromString, writeHeapSnapshot } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isMainThread } from 'node:worker_threads'

if (isMainThread && process.send !== undefined) {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  process.on('message', ({ snapshot }) => {
    // Twice: what a first collection has finalised is free after the second.
    collect()
    collect()
    const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage()
    if (snapshot !== undefined) writeHeapSnapshot(snapshot)
    process.send({ heapUsed, external, arrayBuffers, rss })
  })
  process.channel.unref()
}
