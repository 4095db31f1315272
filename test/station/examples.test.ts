// The examples for test stations: what the C code writes is what the server reads, also with the functions of MQTT clients; Python compiles.

import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { fogcloud } from '../../src/ota/dialects/fogcloud.ts'
import { readSelfTest } from '../../src/station/rules/self-test-message.ts'
import { isFull } from '../support/full.ts'

const examples = fileURLToPath(new URL('../../docs/examples', import.meta.url))
const source = join(examples, 'selftest.c')
const run = promisify(execFile)
const has = (tool: string): boolean => spawnSync(tool, ['--version']).status === 0
const strict = ['-std=c11', '-O2', '-Wall', '-Wextra', '-Werror']

const makeFolder = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'fogbell-examples-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

it.runIf(isFull && has('gcc'))('the message of selftest.c is read as it was meant, in both forms, and never cut', async () => {
  const program = join(await makeFolder(), 'selftest')
  await run('gcc', [...strict, '-fsanitize=address,undefined', '-DSELFTEST_MAIN', source, '-o', program])
  const { stdout } = await run(program)
  const [event = '', list = '', property = '', params = ''] = stdout.split('\n')
  const wanted = [
    { name: 'Vbat', value: 3.302, unit: 'V' },
    { name: 'rssi', value: -61, unit: 'dBm' },
    { name: 'flash', value: true, unit: null },
    { name: 'sensor', value: 'BME280 "rev B"', unit: null },
  ]
  const device = fogcloud.topicsOf('lamp', 'SN-1')
  expect([event, property].map((topic) => device.selfTest(topic))).toEqual(['event/selftest', 'property'])
  expect([list, params].map((text) => readSelfTest(Buffer.from(text)))).toEqual([
    { ok: true, measurements: wanted },
    { ok: true, measurements: wanted },
  ])
})

/** Of the clients' own headers, what the example uses, with their types. */
const headers = {
  'mqtt_client.h': `typedef struct esp_mqtt_client *esp_mqtt_client_handle_t;
    int esp_mqtt_client_publish(esp_mqtt_client_handle_t client, const char *topic, const char *data, int len, int qos, int retain);`,
  'MQTTClient.h': `#include <stddef.h>
    enum QoS { QOS0, QOS1, QOS2, SUBFAIL = 0x80 };
    typedef struct MQTTMessage { enum QoS qos; unsigned char retained, dup; unsigned short id; void *payload; size_t payloadlen; } MQTTMessage;
    typedef struct MQTTClient MQTTClient;
    int MQTTPublish(MQTTClient *client, const char *topic, MQTTMessage *message);`,
} as const

it.runIf(isFull && has('gcc'))('selftest.c compiles for esp-mqtt and for the embedded client of Paho', async () => {
  const folder = await makeFolder()
  await Promise.all(Object.entries(headers).map(([name, text]) => writeFile(join(folder, name), text)))
  const flags = [...strict, '-I', folder, '-DSELFTEST_ESP_IDF', '-DSELFTEST_PAHO', '-c', source, '-o', join(folder, 'selftest.o')]
  expect(await run('gcc', flags)).toMatchObject({ stderr: '' })
})

it.runIf(isFull && has('python3'))('the examples in Python compile', async () => {
  const files = ['jig', 'openhtf_station', 'conftest'].map((name) => join(examples, `${name}.py`))
  const compile = 'import sys\nfor name in sys.argv[1:]: compile(open(name).read(), name, "exec")'
  expect(await run('python3', ['-c', compile, ...files])).toMatchObject({ stderr: '' })
})
