// A server under broken MQTT, OTA messages, HTTP and settings at once, beside a well-behaved device: nothing is lost, logged as an error or
// leaked. Seeded: a fault names its part and case. Usage: npm run build && node bench/fuzz.mjs [--seconds 1800] [--seed 7] [--only mqtt,ota]
// [--first 0] [--names 1000] [--snapshots DIRECTORY] [--log FILE]

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { sleep } from './children.mjs'
import { createMqttFuzz } from './load/fuzz-mqtt.mjs'
import { createOtaFuzz } from './load/fuzz-ota.mjs'
import { createRawHttpFuzz } from './load/fuzz-raw-http.mjs'
import { createPools, createRoutesFuzz } from './load/fuzz-routes.mjs'
import { startFuzzServer, user } from './load/fuzz-server.mjs'
import { createSettingsFuzz } from './load/fuzz-settings.mjs'
import { sampled, verdict } from './load/memory.mjs'
import { createFindings, createGate, paced } from './load/paced.mjs'
import { calm, startSteady } from './load/steady.mjs'
import { inDirectory } from './part.mjs'

const options = () => {
  const text = (value) => ({ type: 'string', default: value })
  const { values } = parseArgs({
    options: {
      seconds: text('1800'),
      seed: text('7'),
      only: text(''),
      first: text('0'),
      names: text('1000'),
      snapshots: text(''),
      log: text(''),
    },
  })
  const only = values.only === '' ? null : values.only.split(',')
  return { ...values, seconds: Number(values.seconds), first: Number(values.first), names: Number(values.names), only }
}

/** How many cases begin in a second, and how many run at once. */
const paces = {
  mqtt: { perSecond: 60, most: 150 },
  ota: { perSecond: 12, most: 40 },
  raw: { perSecond: 50, most: 60 },
  routes: { perSecond: 60, most: 20 },
  settings: { perSecond: 5, most: 1 },
}

const createParts = async ({ server, steady, directory, findings, seed, names }) => {
  const { ports, token, admin } = server
  const pools = createPools({ admin, pool: names, spared: calm })
  await pools.read()
  const document = await admin('GET', '/openapi.json')
  return {
    pools,
    parts: {
      mqtt: createMqttFuzz({ seed, ports, pools: { names, user, protectedName: `steady&${calm}` }, findings }),
      ota: createOtaFuzz({ seed, port: ports.mqtt, pool: names, admin, findings }),
      raw: createRawHttpFuzz({ seed, ports, token, link: steady.link, findings }),
      routes: createRoutesFuzz({ seed, port: ports.admin, token, document, pools, findings }),
      settings: await createSettingsFuzz({ seed, directory, findings }),
    },
  }
}

const isPooled = (device) => /^(calm\/\w+|noise\/n\d+|fuzz\/[ds]\d+|web\/w\d+)$/.test(device)

/** Removes the devices whose names a changed byte has made up: each is a record, by design. */
const tidy = async (admin) => {
  for (let after = ''; ; ) {
    const { items, next } = await admin('GET', `/devices?limit=1000${after}`)
    for (const { product, name } of items)
      if (!isPooled(`${product}/${name}`)) await admin('DELETE', `/devices/${encodeURIComponent(product)}/${encodeURIComponent(name)}`)
    if (next === null) return
    after = `&after=${encodeURIComponent(next)}`
  }
}

const upkeep = async ({ admin, pools, signal, findings }) => {
  for (let turn = 1; !signal.aborted; turn += 1) {
    const work = turn % 6 === 0 ? tidy(admin) : pools.read()
    await work.catch((error) => findings.fault('upkeep', error.stack))
    await sleep(5000)
  }
}

/** A full collection when a third of the time is over, and one at the end; with snapshots if they are wanted. */
const collect = async (server, snapshots, name) =>
  server.collected(snapshots === '' ? {} : { snapshot: join(snapshots, `${name}.heapsnapshot`) })

const fuzz = async (directory, keep) => {
  const { seconds, seed, only, first, names, snapshots, log } = options()
  const findings = createFindings()
  if (snapshots !== '') await mkdir(snapshots, { recursive: true })
  const server = keep(await startFuzzServer(directory, findings, log))
  const steady = await startSteady({ ...server, port: server.ports.mqtt, findings })
  const { parts, pools } = await createParts({ server, steady, directory, findings, seed, names })
  const end = new AbortController()
  const { signal } = end
  const gate = createGate(steady.probe, signal)
  const chosen = Object.keys(parts).filter((name) => only === null || only.includes(name))
  const running = [
    ...chosen.map((name) => paced({ ...paces[name], first, signal, gate }, parts[name])),
    steady.run(signal),
    gate.run(),
    upkeep({ admin: server.admin, pools, signal, findings }),
  ]
  const samples = sampled({ server, signal, findings })
  await sleep((seconds * 1000) / 3)
  const collections = [await collect(server, snapshots, 'early')]
  await sleep((seconds * 2000) / 3)
  end.abort()
  await Promise.all(running)
  collections.push(await collect(server, snapshots, 'late'))
  if (!server.lives()) findings.fault('process', 'the server does not live')
  const { level, lines } = verdict(await samples, seconds, collections)
  steady.close()
  return {
    lines: [...findings.figures(), ...lines],
    said: server.said,
    passed: level && findings.faults() === 0,
    faults: findings.faults(),
  }
}

const { lines, said, passed, faults } = await inDirectory(fuzz)
const messages = [...said].sort(([, a], [, b]) => b - a).slice(0, 25)
console.log(messages.map(([message, count]) => `log ${count} × ${message}`).join('\n'))
console.log(lines.join('\n'))
console.log(`${passed ? 'PASSED' : 'FAILED'}: ${faults} faults`)
process.exit(passed ? 0 : 1)
