// A process whose disk becomes full and has space again, by its file size limit, and that then kills itself: for level.test.ts.
// Prints the keys that were acknowledged and how many commits failed.

import { execFileSync } from 'node:child_process'
import { openLevel } from '../../dist/store/level.js'

const { batches, sessions } = await openLevel(process.argv[2])
const acknowledged = []
let failed = 0
let next = 0

const commit = async (count) => {
  for (let n = 0; n < count; n += 1) {
    next += 1
    const key = `key/${String(next).padStart(6, '0')}`
    const value = 'x'.repeat(600)
    const write =
      next % 5 === 0
        ? sessions.commit([{ type: 'put', key, value: Buffer.from(value) }], true)
        : batches.commit([{ type: 'put', key, value }])
    await write.then(
      () => acknowledged.push(key),
      () => {
        failed += 1
      },
    )
  }
}

const limit = (bytes) => execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:unlimited`])

await commit(100)
limit(64 * 1024)
await commit(20)
limit('unlimited')
await commit(100)
process.stdout.write(JSON.stringify({ acknowledged, failed }), () => process.kill(process.pid, 'SIGKILL'))
