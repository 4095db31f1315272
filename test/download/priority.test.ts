// MQTT has priority over downloads: on Linux their thread has a lower priority than the rest of the process.

import { readdir, readFile } from 'node:fs/promises'
import { platform } from 'node:os'
import { expect, test } from 'vitest'
import { createDownloadFixture } from '../support/download-fixture.ts'
import { imageOf } from '../support/image-samples.ts'

/** The nice value of each thread of this process. */
const niceness = async (): Promise<readonly number[]> => {
  const stats = await Promise.all(
    (await readdir('/proc/self/task')).map((thread) => readFile(`/proc/self/task/${thread}/stat`, 'utf8').catch(() => null)),
  )
  // proc(5): the 19th field; the text in parentheses may contain spaces.
  return stats.flatMap((stat) => (stat === null ? [] : [Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])]))
}

test.runIf(platform() === 'linux')('one thread is nicer than the others while downloads are served', async () => {
  const base = Math.min(...(await niceness()))
  const nicer = async (): Promise<number> => (await niceness()).filter((nice) => nice > base).length
  const before = await nicer()
  const fixture = await createDownloadFixture(imageOf(10))
  try {
    expect(await nicer()).toBe(before + 1)
  } finally {
    await fixture.close()
  }
})
