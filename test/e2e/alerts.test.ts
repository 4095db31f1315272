// Alerts of a real server: webhooks for what happens in it, and the samples for Prometheus and Grafana against the metrics that it has.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { parse } from 'yaml'
import { isFull } from '../support/full.ts'
import { type InsideServer, startInside } from '../support/inside-server.ts'
import { readExpression } from '../support/promql.ts'
import { createServerFixture, makePlace, type ServerClient, textOf } from '../support/server-fixture.ts'
import { waitFor } from '../support/until.ts'
import { createReceiver, isSignedBy } from '../support/webhook-receiver.ts'
import { connectPacket, openWire } from '../support/wire-client.ts'

vi.setConfig({ testTimeout: 30_000 })

const start = async (data: string): Promise<InsideServer> => {
  const server = await startInside(data)
  onTestFinished(() => server.stop())
  return server
}

const makeData = async (): Promise<string> => {
  const place = await makePlace()
  onTestFinished(place.clean)
  return join(place.path, 'data')
}

const connectFrom = async (server: InsideServer, address: string): Promise<void> => {
  const wire = await openWire(server.port, '127.0.0.1', address)
  onTestFinished(() => wire.end())
  wire.write(connectPacket({ username: 'l1&lamp', clientId: 'l1', password: Buffer.from('same') }))
  await wire.next('connack')
}

const metricsOf = async ({ description, token }: InsideServer): Promise<string> =>
  (await fetch(`${description.admin}/metrics`, { headers: { authorization: `Bearer ${token}` } })).text()

/** A campaign that an operator pauses. */
const pauseOne = async (server: ServerClient): Promise<void> => {
  await server.call('PUT', '/devices/lamp/l1', {})
  const { id } = await server.call('PUT', '/firmware?product=lamp&version=2', new TextEncoder().encode('image'))
  const campaign = await server.call('POST', '/campaigns', { firmware: textOf(id), start: true })
  await server.call('POST', `/campaigns/${textOf(campaign['id'])}/pause`)
}

it('a paused campaign and a contended identity reach a webhook; what waited is delivered after a restart, with the same id', async () => {
  const receiver = await createReceiver()
  const data = await makeData()
  const before = await start(data)
  const secret = textOf((await before.call('POST', '/webhooks', { name: 'ops', url: receiver.url }))['secret'])
  for (const address of ['127.0.0.2', '127.0.0.3', '127.0.0.2', '127.0.0.3', '127.0.0.2']) await connectFrom(before, address)
  await receiver.count(1)
  expect(receiver.received[0]?.body).toMatchObject({
    type: 'device.contended',
    data: { device: 'lamp/l1', addresses: ['127.0.0.3', '127.0.0.2'] },
  })

  receiver.usual = 503
  await pauseOne(before)
  await receiver.count(2)
  await before.stop()
  const paused = receiver.ids().at(-1)
  receiver.usual = 200
  const after = await start(data)
  await waitFor('it is delivered', async () => (await after.call('GET', '/webhooks/ops'))['delivered'] === (1 as never))
  expect(receiver.received.at(-1)).toMatchObject({ id: paused, event: 'campaign.paused' })
  expect(receiver.received.every((one) => isSignedBy(secret, one))).toBe(true)
  expect((await after.call('GET', '/webhooks/ops'))['backlog']).toBe(0)
})

it.runIf(isFull)('an event outlives kill -9, and a full disk is an alert, sent from memory', async () => {
  const receiver = await createReceiver()
  receiver.usual = 503
  const data = await makeData()
  const killed = await createServerFixture(data)
  await killed.call('POST', '/webhooks', { name: 'ops', url: receiver.url })
  await pauseOne(killed)
  await receiver.count(1)
  await killed.kill()
  receiver.usual = 200
  const server = await createServerFixture(data)
  onTestFinished(async () => void (await server.kill()))
  await receiver.count(2)
  expect(receiver.received.map(({ id, event }) => [id, event])).toEqual(
    Array.from({ length: 2 }, () => [receiver.ids()[0], 'campaign.paused']),
  )

  // Node ignores the signal for a write beyond the limit: the write fails, as on a full disk.
  execFileSync('prlimit', ['--pid', String(server.child.pid), '--fsize=1:unlimited'])
  expect((await server.ask('PUT', '/devices/lamp/l2', {})).status).toBe(503)
  await receiver.count(3)
  expect(receiver.received[2]).toMatchObject({ event: 'store.failed', body: { code: 'store_failed' } })
})

interface Rules {
  readonly groups: readonly {
    readonly name: string
    readonly rules: readonly { readonly alert: string; readonly expr: string; readonly annotations: { readonly summary: string } }[]
  }[]
}

interface Panel {
  readonly title: string
  readonly type: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly { readonly expr: string; readonly legendFormat?: string }[]
}

interface Board {
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: unknown }[] }
}

const example = (name: string): string => readFileSync(new URL(`../../docs/examples/${name}`, import.meta.url), 'utf8')
const rules = (parse(example('prometheus-rules.yml')) as Rules).groups.flatMap((group) => group.rules)
const board: Board = JSON.parse(example('grafana-board.json'))
const panels = board.panels.filter(({ type }) => type !== 'row')
const expressions = [...rules.map(({ expr }) => expr), ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))]
const read = expressions.map((expression) => ({ expression, ...readExpression(expression) }))

const functions = new Set(['sum', 'rate', 'increase', 'changes', 'avg_over_time', 'histogram_quantile'])
/** What Prometheus itself says of a scrape, and the labels that it adds. */
const ofPrometheus = new Set(['up'])
const ofScrape = new Set(['job', 'instance', 'le'])

it('the rules and the board can be read, and their expressions are balanced and use functions that there are', () => {
  expect([rules.length > 15, panels.length > 15]).toEqual([true, true])
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
  expect(rules.filter(({ annotations }) => annotations.summary === '')).toEqual([])
  expect(panels.filter(({ targets = [] }) => targets.length === 0)).toEqual([])
  expect(read.filter(({ faults }) => faults.length > 0)).toEqual([])
  expect(read.flatMap((each) => each.functions).filter((name) => !functions.has(name))).toEqual([])
})

it('no two panels of the board lie over one another', () => {
  const cells = board.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
  )
  expect(new Set(cells).size).toBe(cells.length)
})

it('a fault in an expression is found', () => {
  for (const wrong of ['sum(a', 'a)', 'rate(a[5m)', 'a{b="c"', 'a > ', 'sum by (b) (a))', 'a[]', 'a ? b', '(a +) b'])
    expect([wrong, readExpression(wrong).faults.length > 0]).toEqual([wrong, true])
  expect(readExpression('sum by (x) (rate(a_total{b="c"}[5m])) > 2 and on (x) up')).toEqual({
    metrics: ['a_total', 'up'],
    functions: ['sum', 'rate'],
    selected: [['a_total', 'b']],
    faults: [],
  })
})

it('every metric of the samples, and each label that one is selected by, is one that the server has', async () => {
  const server = await start(await makeData())
  await server.call('POST', '/webhooks', { name: 'ops', url: 'http://127.0.0.1:9/' })
  const text = await metricsOf(server)
  const types = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = '', type]) => ({ name, type }))
  const names = new Set([
    ...types.map(({ name }) => name),
    ...types.flatMap(({ name, type }) => (type === 'histogram' ? [`${name}_bucket`] : [])),
  ])
  const used = [...new Set(read.flatMap(({ metrics }) => metrics))]
  expect(used.length).toBeGreaterThan(30)
  expect(used.filter((name) => !names.has(name) && !ofPrometheus.has(name))).toEqual([])
  const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
  const isLabelOf = (metric: string, label: string): boolean =>
    ofScrape.has(label) ||
    page.split('\n').some((line) => line.startsWith('|') && line.includes(`\`${metric}\``) && line.includes(`| \`${label}\` |`))
  expect(read.flatMap(({ selected }) => selected).filter(([metric, label]) => !isLabelOf(metric, label))).toEqual([])
  const legends = panels.flatMap(({ targets = [] }) =>
    targets.flatMap(({ expr, legendFormat = '' }) =>
      [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => [readExpression(expr).metrics[0] ?? '', label] as const),
    ),
  )
  expect(legends.length).toBeGreaterThan(10)
  expect(legends.filter(([metric, label]) => !isLabelOf(metric, label))).toEqual([])
  expect(JSON.stringify(board.templating)).toContain('label_values(fogbell_connections, instance)')
})
