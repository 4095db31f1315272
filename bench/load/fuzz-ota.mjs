// The part of the fuzz that sends bad reports from proper devices and gateways: whatever a message says, it gets its PUBACK, and the device
// keeps its connection. Names come from a pool; some devices are removed, so that their names are new again.

import { sleep } from '../children.mjs'
import { createChance } from './chance.mjs'
import { openClient } from './fuzz-client.mjs'
import { otaPayload, topoPayload } from './fuzz-payloads.mjs'

export const product = 'fuzz'

/** Sends the messages, a few at a time; gives how many had no PUBACK. */
const report = async (client, messages, chance) => {
  const answers = []
  for (const { topic, payload } of messages) {
    if (chance.happens(0.2)) client.send(topic, payload)
    else answers.push(client.publish(topic, payload))
    if (chance.happens(0.4)) await sleep(chance.below(40))
  }
  return Promise.all(answers)
}

const messagesOf = (chance, name, names) =>
  Array.from({ length: chance.between(5, 30) }, () =>
    chance.happens(0.25)
      ? { topic: `fogcloud/${product}/${name}/thing/up/topo`, payload: topoPayload(chance, names) }
      : { topic: `fogcloud/${product}/${name}/thing/up/ota`, payload: otaPayload(chance, names) },
  )

/** Two cases that run at once never have the same device: a second connection would end the first. */
const createNames = (count) => {
  const taken = new Set()
  return {
    take: (chance) => {
      for (;;) {
        const name = `d${chance.below(count)}`
        if (taken.has(name)) continue
        taken.add(name)
        return name
      }
    },
    give: (name) => taken.delete(name),
  }
}

/** `admin(method, path)` removes devices. Plays the case with this number. */
export const createOtaFuzz = ({ seed, port, pool, admin, findings }) => {
  const names = createNames(pool)
  const play = async (number, name, chance) => {
    const children = { product, child: () => `s${chance.below(pool)}` }
    const client = await openClient({
      port,
      clientId: name,
      username: `${name}&${product}`,
      password: `of ${name}`,
      clean: chance.happens(0.8),
    })
    const where = `ota ${number}`
    if (client.code !== 0) return findings.fault(where, `${name} was not accepted: CONNACK ${client.code}`)
    if (chance.happens(0.8)) await client.subscribe([`fogcloud/${product}/${name}/thing/down/#`, 1])
    const messages = messagesOf(chance, name, children)
    findings.count('ota messages', messages.length)
    const answers = await report(client, messages, chance)
    for (const answer of ['late', 'closed']) {
      const lost = answers.filter((each) => each === answer).length
      if (lost > 0) findings.fault(where, `${lost} of ${answers.length} messages of ${name} have no PUBACK: ${answer}`)
    }
    if (chance.happens(0.3)) await admin('DELETE', `/devices/${product}/${name}`)
    client.close()
    await client.gone
  }
  return async (number) => {
    const chance = createChance(`${seed}/ota/${number}`)
    const name = names.take(chance)
    findings.count('ota connections')
    await play(number, name, chance)
      .catch((error) => findings.fault(`ota ${number}`, `the fuzz itself failed: ${error.stack}`))
      .finally(() => names.give(name))
  }
}
