// How a running server connects test stations: a core, a store, an MES that is asked and gets results, and a printer.

import { expect, onTestFinished, test } from 'vitest'
import type { Event } from '../src/ota/ports/observers.ts'
import { type FloorSettings, openFloor, withStations } from '../src/server-stations.ts'
import type { StationEvent } from '../src/station/ports.ts'
import { createMemory } from '../src/store/memory.ts'
import { openWebhooks } from '../src/webhooks/open-webhooks.ts'
import { createOtaFixture } from './support/ota-fixture.ts'
import { createPrinter } from './support/printer.ts'
import { silentLog } from './support/recording-log.ts'
import { until } from './support/until.ts'
import { createReceiver } from './support/webhook-receiver.ts'

const openSmallFloor = async (mes: FloorSettings['mes']) => {
  const disk = createMemory()
  const ota = await createOtaFixture({ disk })
  const closers: (() => Promise<void>)[] = []
  onTestFinished(async () => {
    for (const close of closers.splice(0).reverse()) await close()
  })
  const base = { batches: disk, log: silentLog, version: '1.2.3', now: ota.now }
  const webhooks = await openWebhooks({ ...base, wallClock: ota.now })
  closers.push(() => webhooks.close())
  const shown: StationEvent[] = []
  const floor = await openFloor({
    ...base,
    operators: ota.core.operators,
    transport: { host: () => '192.0.2.1', tlsHost: () => null },
    webhooks,
    settings: { station: { shifts: [], timeZone: 'UTC', factoryNames: [] }, mes },
    emit: (event) => void shown.push(event),
    closers: { add: (close) => void closers.push(close) },
  })
  const events = withStations({ emit: () => undefined, watches: () => false }, () => floor)
  let seen = 0
  return {
    ...floor,
    ota,
    shown,
    webhooks,
    /** Hands on what the core has reported. */
    report() {
      for (const event of ota.events.slice(seen)) events.emit(event)
      seen = ota.events.length
    },
  }
}

const addStation = async ({ stations }: Pick<Awaited<ReturnType<typeof openSmallFloor>>, 'stations'>, printer: string): Promise<void> => {
  const label = { template: '^XA^FD{serial}^FS^XZ', printer }
  await stations.procedures.put('pk-fct', { product: 'pk', process: 'FCT', selfTest: { source: 'jig' }, label }, 'ada')
  await stations.procedures.release('pk-fct', 'ada')
  await stations.stations.put('fct-1', { procedure: 'pk-fct' })
}

test('a unit is scanned, allowed by the MES, tested, labelled, and its result is sent to the MES', async () => {
  const [asked, results, printer] = [await createReceiver(), await createReceiver(), await createPrinter()]
  const floor = await openSmallFloor({
    validate: { url: asked.url, timeoutMs: 5000, onUnreachable: 'refuse' },
    webhook: { url: results.url, secret: 'a secret of the tests' },
  })
  await addStation(floor, printer.printer)
  await floor.start()
  const { runs } = floor.stations
  asked.replies.push({ status: 200, text: '{"ok":false,"text":"order closed"}' })
  await expect(runs.scan('fct-1', { text: 'dn' })).rejects.toMatchObject({ code: 'OTA_SCAN_REFUSED', reason: 'MES_REFUSED' })
  // The same code at once is one that the scanner sends twice.
  await floor.ota.pass(4)
  const answer = await runs.scan('fct-1', { text: 'dn' })
  if (answer.kind !== 'run') throw new Error('no run began')
  await floor.ota.known('dn', '1.0.0')
  floor.report()
  await until(async () => (await runs.find(answer.run.id)).state === 'testing')
  expect(floor.tap.wants('pk/dn')).toBe(true)
  await runs.finish(answer.run.id, {})
  await until(() => printer.labels.length === 1 && results.received.length === 1)
  expect(printer.labels).toEqual(['^XA^FDdn^FS^XZ'])
  expect(asked.received.map(({ body }) => body['serial'])).toEqual(['dn', 'dn'])
  expect(results.received[0]).toMatchObject({ id: `run-${answer.run.id}`, body: { serial: 'dn', outcome: 'passed', station: 'fct-1' } })
  await until(async () => (await runs.find(answer.run.id)).steps.some(({ name, outcome }) => name === 'label' && outcome !== null))
  expect((await runs.find(answer.run.id)).steps.at(-1)).toMatchObject({ name: 'label', outcome: 'passed' })
  expect(floor.shown.some(({ type }) => type === 'run')).toBe(true)
  await until(() => floor.webhooks.results.backlog()?.count === 0)
})

test('what the core reports goes to watchers, and to stations once they are open', () => {
  const [seen, observed]: [Event[], Event[]] = [[], []]
  let floor: { observe(event: Event): void } | undefined
  const events = withStations({ emit: (event) => void seen.push(event), watches: (device) => device === 'lamp/l1' }, () => floor)
  const event: Event = { type: 'device', device: 'lamp/l1', what: 'connected' }
  events.emit(event)
  floor = { observe: (each) => void observed.push(each) }
  events.emit(event)
  expect([seen.length, observed.length, events.watches('lamp/l1'), events.watches('lamp/l2')]).toEqual([2, 1, true, false])
})

test('without an MES that answers a unit is tested; a printer that fails is a step of the run in words, and changes no outcome', async () => {
  const validate = { url: 'http://127.0.0.1:1/', timeoutMs: 5000, onUnreachable: 'allow' } as const
  const floor = await openSmallFloor({ validate, webhook: null })
  await addStation(floor, '127.0.0.1:1')
  await floor.start()
  const { runs } = floor.stations
  const answer = await runs.scan('fct-1', { text: 'dn' })
  if (answer.kind !== 'run') throw new Error('no run began')
  await floor.ota.known('dn', '1.0.0')
  floor.report()
  await until(async () => (await runs.find(answer.run.id)).state === 'testing')
  await runs.finish(answer.run.id, {})
  await until(async () => (await runs.find(answer.run.id)).steps.some(({ name, outcome }) => name === 'label' && outcome !== null))
  const run = await runs.find(answer.run.id)
  expect(run).toMatchObject({ outcome: 'passed', said: null })
  expect(run.steps.at(-1)).toMatchObject({
    outcome: 'error',
    said: { code: 'floor_label_failed', params: { why: { code: 'floor_printer_refused' } } },
  })
  expect(floor.webhooks.results.backlog()).toBeNull()
  expect(floor.mesUnanswered()).toBe(1)
})
