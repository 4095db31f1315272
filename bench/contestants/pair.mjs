// mosquitto and the update service of service.mjs, two processes that together do what Fogbell does in one.

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startChild, stopChild, untilReady } from '../children.mjs'
import { asNpmStart } from './fogbell.mjs'
import { startMosquitto } from './mosquitto.mjs'

const program = fileURLToPath(new URL('service.mjs', import.meta.url))

/** `store` must not be open in another process: the service works on a copy. `more`: lines added to mosquitto's settings. */
export const startPair = async (name, directory, store, more) => {
  const mosquitto = await startMosquitto(directory, more)
  const copy = join(directory, 'store')
  const started = startChild(process.execPath, [...asNpmStart, program, String(mosquitto.port), store, copy], 'pipe')
  let isReady = false
  started.child.stdout.once('data', () => {
    isReady = true
  })
  const stop = async () => {
    await stopChild(started.child)
    await mosquitto.stop()
  }
  try {
    await untilReady('the update service', started, () => isReady)
  } catch (error) {
    await stop()
    throw error
  }
  return { name, port: mosquitto.port, pids: [...mosquitto.pids, started.child.pid], stop }
}
