// The usual way without Fogbell: an update service beside the broker, over mqtt.js. It uses Fogbell's own store, decoder, signed links and
// encoder, all from memory, so that only the path of a message differs.
// Usage: node service.mjs PORT STORE COPY: a store that is not open in another process, and where to make the copy to work on

import { randomBytes } from 'node:crypto'
import { cp } from 'node:fs/promises'
import { connectAsync } from 'mqtt'
import { signedPath } from '../../dist/download/signed-url.js'
import { fogcloud } from '../../dist/ota/dialects/fogcloud.js'
import { openTaskOf } from '../../dist/ota/rules/open-task.js'
import { openLevel } from '../../dist/store/level.js'
import { openStore } from '../../dist/store/records.js'

const [port, seed, directory] = process.argv.slice(2)
await cp(seed, directory, { recursive: true })
const { batches } = await openLevel(directory)
const store = await openStore(batches)
const key = randomBytes(32).toString('hex')
const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { clientId: 'update-service' })

/** Caches what Fogbell caches of an answer too. */
const bodies = new Map()
const bodyOf = (task, firmware) => {
  const standing = bodies.get(task.id)
  if (standing !== undefined) return standing
  const url = `http://127.0.0.1:8070${signedPath(key, task.id, firmware.sha256)}`
  const body = fogcloud.offerBody({ task, firmware, url })
  bodies.set(task.id, body)
  return body
}

const answer = (topic, payload) => {
  const [, product, name] = topic.split('/')
  const uplink = fogcloud.read('ota', payload, 65_536)
  const get = uplink.kind === 'uplink' ? uplink.reports[0] : undefined
  const task = get?.kind === 'get' ? openTaskOf(store.reads, `${product}/${name}`, get.module) : undefined
  const firmware = task && store.reads.firmware(task.firmware)
  if (firmware === undefined) return
  client.publish(`fogcloud/${product}/${name}/thing/down/ota`, fogcloud.offerMessage(get.id, bodyOf(task, firmware)).text, { qos: 1 })
}

client.on('message', answer)
await client.subscribeAsync('fogcloud/+/+/thing/up/ota', { qos: 1 })
console.log('ready')
const stop = async () => {
  await client.endAsync(true)
  await batches.close()
}
process.once('SIGTERM', () => void stop())
