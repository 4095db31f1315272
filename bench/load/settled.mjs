// Loaded into a server before its program (--import, with --expose-gc): at SIGUSR2 it collects its garbage and writes what is left in
// memory to a file beside the temporary files, named by its pid.

import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const settledFile = (pid) => join(tmpdir(), `fogbell-bench-memory-${pid}.json`)

if (typeof globalThis.gc === 'function') {
  process.on('SIGUSR2', () => {
    for (let time = 0; time < 3; time += 1) globalThis.gc()
    writeFileSync(settledFile(process.pid), JSON.stringify(process.memoryUsage()))
  })
}
