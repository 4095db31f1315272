// One simulated device before a recording server, for each test of a file.

import { afterEach, beforeEach } from 'vitest'
import { imageOf } from './image-samples.ts'
import { createSimulateFixture, isUp, outlineOf, rangesOf, type SimulateFixture } from './simulate-fixture.ts'
import { createSimulateServerFixture, type SimulateServerFixture } from './simulate-server-fixture.ts'

type Options = Parameters<typeof createSimulateFixture>[1]

/** Call it at the top of a test file. */
export const createSimulateDeviceFixture = () => {
  const device = 'pk/sim-01'
  const image = imageOf(10_000)
  let now: SimulateServerFixture | undefined
  let run: SimulateFixture | undefined
  const server = (): SimulateServerFixture => {
    if (now === undefined) throw new Error('the server was asked for outside a test')
    return now
  }
  beforeEach(async () => {
    now = await createSimulateServerFixture(image)
    run = undefined
  })
  afterEach(async () => {
    await run?.stop()
    await now?.close()
  })
  return {
    device,
    image,
    server,
    /** Starts the device. */
    start(options: Options = {}): SimulateFixture {
      run = createSimulateFixture(server(), options)
      return run
    },
    /** Starts it, waits until it has reported its version, and pushes. */
    async pushed(options: Options = {}, params = {}): Promise<SimulateFixture> {
      run = createSimulateFixture(server(), options)
      await server().until(isUp('version.post'))
      server().push(device, params)
      return run
    },
    ranges: () => rangesOf(server()),
    outline: () => outlineOf(server()),
    outcome: async (running: SimulateFixture) => (await running.stop())[0],
  }
}
