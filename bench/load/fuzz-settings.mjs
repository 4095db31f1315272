// The part of the fuzz that gives random settings to `fogbell serve --check`, in this process: each ends with status 0, 1 or 2 and says what is
// wrong without a stack.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../dist/cli/main.js'
import { createChance, mutate } from './chance.mjs'
import { spoilValue } from './fuzz-bodies.mjs'

const urls = ['mqtt://[::]:1883', 'mqtts://x:0', 'ws://127.0.0.1:99999/', 'mqtt://', 'mqtt://[::', 'wss://a/%zz', 'http://a', 'mqtt://a:b']
const hashes = ['scrypt$16384$8$1$AAAA$AAAA', 'scrypt$', 'scrypt$99999999$999$999$a$a', 'plain']
const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'

const listener = (chance) => ({
  url: chance.one(urls),
  ...(chance.happens(0.5) && { cert: chance.one([pem, { file: 'missing.pem' }, { file: '.' }, { file: '\u0000' }, 'x']), key: pem }),
  ...(chance.happens(0.3) && { requestCert: true }),
})

const user = (chance) => ({
  username: chance.one(['ops', '', 'a&b']),
  passwordHash: chance.one(hashes),
  publish: [chance.one(['#', 'a/#/b', '$share/x', ''])],
  subscribe: [chance.one(['+', '+a', '#'])],
})

const filled = (chance, example) => ({
  ...example,
  mqtt: { ...example.mqtt, listeners: [listener(chance)], users: chance.happens(0.5) ? [user(chance), user(chance)] : [] },
})

const textOf = (chance, example) => {
  const value = chance.happens(0.5) ? filled(chance, example) : example
  const bytes = Buffer.from(JSON.stringify(chance.happens(0.8) ? spoilValue(chance, value) : value, null, 1))
  if (chance.happens(0.2)) return mutate(chance, bytes)
  return chance.happens(0.02) ? chance.bytes(chance.below(400)) : bytes
}

const names = [
  'FOGBELL_MQTT_PORT',
  'FOGBELL_MQTT_USERS',
  'FOGBELL_ADMIN_KEY_FILE',
  'FOGBELL_NOTHING',
  'FOGBELL_OTA_SUB_BYTES',
  'FOGBELL_HOST',
]
const environment = (chance) =>
  chance.happens(0.3) ? { [chance.one(names)]: chance.one(['', '0', '1e9', '[', '[{}]', 'null', '/', '\u0000']) } : {}

const ioOf = (env, said) => ({
  stdout: { write: (text) => said.push(text) },
  stderr: { write: (text) => said.push(text) },
  stdin: process.stdin,
  env,
  fetch: () => Promise.reject(new Error('no network')),
  now: Date.now,
  sleep: () => Promise.resolve(),
  onSignal: () => () => undefined,
  exit: (status) => said.push(`exit ${status}`),
})

/** `directory`: where the settings files are written. Plays the case with this number. */
export const createSettingsFuzz = async ({ seed, directory, findings }) => {
  const example = JSON.parse(await readFile(new URL('../../config.example.json', import.meta.url), 'utf8'))
  return async (number) => {
    const chance = createChance(`${seed}/settings/${number}`)
    const said = []
    const file = join(directory, `settings-${number % 10}.json`)
    await writeFile(file, textOf(chance, example))
    const json = chance.happens(0.3) ? ['--json'] : []
    const status = await run(['serve', '--check', '--config', file, ...json], ioOf(environment(chance), said)).catch((error) => error)
    findings.count(`settings with status ${status}`)
    const text = said.join('')
    if (![0, 1, 2].includes(status)) findings.fault(`settings ${number}`, `ends with ${status?.stack ?? status}`)
    if (text === '' || /\n\s+at .+:\d+:\d+|OTA_INTERNAL/.test(text)) findings.fault(`settings ${number}`, `says ${JSON.stringify(text)}`)
  }
}
