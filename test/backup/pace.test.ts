// A backup leaves others half of the time: played with a clock of its own.

import { expect, test } from 'vitest'
import { createPace, paced } from '../../src/backup/pace.ts'

const played = async (work: readonly number[], reading = 0) => {
  let now = 0
  const rests: number[] = []
  const pace = createPace({
    now: () => now,
    sleep: async (ms) => {
      rests.push(ms)
      now += ms
    },
  })
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    for (const ms of work) {
      now += ms
      yield Buffer.from([ms])
    }
  }
  const read: number[] = []
  for await (const chunk of paced(chunks(), pace)) {
    read.push(...chunk)
    now += reading
  }
  return { rests, read }
}

test('after each while of work it rests as long', async () => {
  expect(await played([3, 4])).toEqual({ rests: [3, 4], read: [3, 4] })
})

test('short ones are put together', async () => {
  expect((await played([0.5, 1, 1, 0.2])).rests).toEqual([2.5])
})

test('its reader may take its time, and what a disk is waited for is not made up for', async () => {
  expect((await played([3, 3], 1000)).rests).toEqual([3, 3])
  expect((await played([5000])).rests).toEqual([20])
})
