// A load on MQTT while many connections download without a pause: what calm.mjs and puback.mjs have in common.

import { join } from 'node:path'
import { sleep } from '../children.mjs'
import { imageBytes } from '../contestants/fogbell.mjs'
import { startLoad } from './load.mjs'
import { startWrk } from './wrk.mjs'

export const downloads = 50
/** A task has four downloads at most: with so many, no request ends another one. */
export const tasks = 1000

/** A link of each device's task as the server makes it: the answers to a firmware.get of each, over connections that end then. */
export const linksOf = async (fogbell) => {
  const load = startLoad()
  try {
    await load.open('links', fogbell.port, fogbell.devices, true)
    const { urls } = await load.run('links', 'gets', { window: 1, seconds: 1, warm: 0 })
    return urls
  } finally {
    await load.stop()
  }
}

/** Runs `work()`, which takes that many seconds, while the links are downloaded; gives its result with `downloaded`, images a second. */
export const besideDownloads = async (directory, urls, seconds, work) => {
  const whole = { connections: downloads, seconds: Math.ceil(seconds + 1), size: imageBytes }
  const finish = await startWrk(join(directory, 'downloads.lua'), urls, whole)
  await sleep(500)
  const result = await work()
  return { ...result, downloaded: (await finish()).rate }
}
