// MQTT.js in its parts of clients.e2e.sh: prints `ok …` and `not ok …` lines.
// Usage: node clients-mqttjs.mjs PART URL [URL of WebSocket]

import { once } from 'node:events'
import { connect } from 'mqtt'

const [part, url, webSocketUrl] = process.argv.slice(2)
const patience = 20_000

const equal = (what, wanted, found) => {
  const [left, right] = [JSON.stringify(wanted), JSON.stringify(found)]
  console.log(
    left === right ? `ok mqtt.js: ${what}` : `not ok mqtt.js: ${what}: wanted ${left.slice(0, 300)}, found ${right.slice(0, 300)}`,
  )
}

/** Its next CONNACK. After errors, such as an unreachable server, it tries again. */
const connected = (client) =>
  new Promise((resolve, reject) => {
    const late = setTimeout(reject, patience, new Error('no CONNACK'))
    client.once('connect', () => {
      clearTimeout(late)
      resolve()
    })
  })

/** A client that keeps what it receives. */
const enter = async (clientId, options = {}, to = url) => {
  const received = []
  const client = connect(to, {
    protocolVersion: 4,
    clientId,
    username: 'operator',
    password: 'operator-password',
    reconnectPeriod: 500,
    ...options,
  })
  client.on('message', (topic, payload, { qos, retain }) => {
    received.push([topic, payload.toString(), qos, retain])
    client.emit('received')
  })
  client.on('error', () => undefined)
  await connected(client)
  const receives = async (count) => {
    const late = AbortSignal.timeout(patience)
    while (received.length < count) {
      await once(client, 'received', { signal: late }).catch(() => {
        throw new Error(`timed out waiting for ${count} messages, received ${received.length}`)
      })
    }
    return received
  }
  return { client, receives }
}

/** QoS 0, 1 and 2, retained, will, a large message; once over WebSocket. */
const talk = async () => {
  const { client: speaker } = await enter('js-speaker')
  const { client: subscriber, receives } = await enter('js-subscriber')
  const granted = await subscriber.subscribeAsync({ 'js/a/#': { qos: 2 }, 'js/b': { qos: 1 } })
  equal(
    'SUBACK grants what is asked',
    [2, 1],
    granted.map(({ qos }) => qos),
  )
  for (const qos of [0, 1, 2]) await speaker.publishAsync(`js/a/${qos}`, `at ${qos}`, { qos })
  // MQTT.js delivers a QoS 2 message at its PUBREL, and one of a lower QoS at once: messages sent meanwhile would overtake it in the client.
  await receives(3)
  await speaker.publishAsync('js/b', 'lowered', { qos: 2 })
  const wanted = [...[0, 1, 2].map((qos) => [`js/a/${qos}`, `at ${qos}`, qos, false]), ['js/b', 'lowered', 1, false]]
  equal('QoS 0, 1 and 2 arrive, in order, lowered to the subscribed QoS', wanted, await receives(4))

  await speaker.publishAsync('js/kept', 'retained', { qos: 1, retain: true })
  const late = await enter('js-late')
  await late.client.subscribeAsync('js/kept', { qos: 2 })
  equal('a retained message is delivered to a later subscriber', [['js/kept', 'retained', 1, true]], await late.receives(1))
  await speaker.publishAsync('js/kept', '', { qos: 1, retain: true })

  const will = { topic: 'js/a/will', payload: Buffer.from('gone'), qos: 1 }
  const { client: dying } = await enter('js-dying', { will, reconnectPeriod: 0 })
  dying.stream.destroy()
  equal('a will is published', ['js/a/will', 'gone', 1, false], (await receives(5))[4])
  const { client: leaving } = await enter('js-leaving', { will: { ...will, payload: Buffer.from('must not come') } })
  await leaving.endAsync()
  const large = 'x'.repeat(200 * 1024)
  await speaker.publishAsync('js/a/large', large, { qos: 2 })
  equal('200 KiB arrive, and no will after a DISCONNECT', ['js/a/large', large, 2, false], (await receives(6))[5])

  const browser = await enter('js-browser', {}, webSocketUrl)
  await browser.client.subscribeAsync('js/web', { qos: 1 })
  await browser.client.publishAsync('js/web', 'by WebSocket', { qos: 1 })
  equal('over WebSocket', [['js/web', 'by WebSocket', 1, false]], await browser.receives(1))
  for (const client of [speaker, subscriber, late.client, browser.client]) await client.endAsync()
}

/** Makes a session and leaves it. */
const go = async () => {
  const { client } = await enter('js-stays', { clean: false })
  await client.subscribeAsync('js/stays', { qos: 2 })
  await client.endAsync()
}

/** Publishes to the offline session. */
const tell = async () => {
  const { client } = await enter('js-speaker')
  for (let n = 0; n < 50; n += 1) await client.publishAsync('js/stays', String(n), { qos: 1 + (n % 2) })
  await client.endAsync()
}

/** Back to the session, after the server was stopped and killed. */
const come = async () => {
  const { client, receives } = await enter('js-stays', { clean: false })
  const received = await receives(50)
  // Its application gets a message of QoS 2 when it is released: each QoS has its own order.
  for (const qos of [1, 2]) {
    const wanted = Array.from({ length: 25 }, (_, n) => ['js/stays', String(2 * n + qos - 1), qos, false])
    equal(
      `25 messages at QoS ${qos} waited over the restarts, in order`,
      wanted,
      received.filter((each) => each[2] === qos),
    )
  }
  await client.endAsync()
}

/** Publishes and subscribes while the server is killed and started; prints `riding` when it is time for that. */
const ride = async () => {
  const { client: subscriber, receives } = await enter('js-rides', { clean: false })
  await subscriber.subscribeAsync('js/ride', { qos: 2 })
  const { client: speaker } = await enter('js-drives', { clean: false })
  const published = []
  for (let n = 0; n < 400; n += 1) {
    published.push(speaker.publishAsync('js/ride', String(n), { qos: 2 }))
    if (n !== 200) continue
    await receives(1)
    const back = connected(speaker)
    console.log('riding')
    await back
  }
  await Promise.all(published)
  await speaker.publishAsync('js/ride', 'end', { qos: 2 })
  const received = (await receives(401)).map(([, payload]) => payload)
  equal('QoS 2 through a kill -9: 400 once each, in order', [...Array.from({ length: 400 }, (_, n) => String(n)), 'end'], received)
  for (const client of [subscriber, speaker]) await client.endAsync()
}

await { talk, go, tell, come, ride }[part]().catch((error) => console.log(`not ok mqtt.js: ${part}: ${error}`))
process.exit()
