import { expect, test } from 'vitest'
import { createMetrics } from '../../src/admin/metrics.ts'
import { createAdminFixture } from '../support/admin-fixture.ts'

test('every counter has a name, a help text, and a label', async () => {
  const metrics = createMetrics()
  for (const name of ['uplinks', 'dropped', 'pushes', 'gets', 'connects', 'refused', 'publish_denied', 'subscribe_denied'] as const)
    metrics.count(name, 'some "label"', 2)
  const text = await metrics.text()
  const ours = text.split('\n').filter((line) => line.startsWith('fogbell_') && line.endsWith(' 2'))
  expect(ours).toEqual([
    'fogbell_uplinks_total{method="some \\"label\\""} 2',
    'fogbell_uplinks_dropped_total{reason="some \\"label\\""} 2',
    'fogbell_pushes_total{kind="some \\"label\\""} 2',
    'fogbell_firmware_gets_total{answer="some \\"label\\""} 2',
    'fogbell_connects_total{kind="some \\"label\\""} 2',
    'fogbell_connects_refused_total{reason="some \\"label\\""} 2',
    'fogbell_publishes_denied_total{reason="some \\"label\\""} 2',
    'fogbell_subscribes_denied_total{reason="some \\"label\\""} 2',
  ])
  for (const name of text.matchAll(/^(fogbell_\w+?)(_bucket|_sum|_count)?[{ ]/gm)) expect(text).toContain(`# HELP ${name[1]} `)
})

test('labels are limited, and invalid counts are ignored', async () => {
  const metrics = createMetrics()
  for (let at = 0; at < 1000; at++) metrics.count('dropped', `reason ${at}`)
  metrics.count('dropped', 'reason 0', Number.NaN)
  metrics.count('dropped', 'reason 0', -1)
  const text = await metrics.text()
  expect(text.match(/^fogbell_uplinks_dropped_total\{/gm)).toHaveLength(101)
  expect(text).toContain('{reason="other"} 900')
  expect(text).toContain('{reason="reason 0"} 1')
})

test('readings are taken at a scrape', async () => {
  const metrics = createMetrics()
  let now = 1
  metrics.read({
    connections: () => now,
    devicesOnline: () => now + 1,
    devicesKnown: () => now + 2,
    openTasks: () => ({ queued: now, notified: 0, in_progress: 5 }),
    campaigns: () => ({ draft: 0, scheduled: 0, running: now, paused: 0, completed: 0, canceled: 0 }),
    downloads: () => ({ active: 3, waiting: 4, bytes: 1000 * now }),
    mesUnanswered: () => now,
  })
  metrics.commitSeconds(0.003)
  await metrics.text()
  now = 7
  const text = await metrics.text()
  for (const line of [
    'fogbell_connections 7',
    'fogbell_devices_online 8',
    'fogbell_devices_known 9',
    'fogbell_tasks_open{state="queued"} 7',
    'fogbell_tasks_open{state="in_progress"} 5',
    'fogbell_campaigns{status="running"} 7',
    'fogbell_downloads_active 3',
    'fogbell_downloads_waiting 4',
    'fogbell_download_bytes_total 7000',
    'fogbell_mes_unanswered_total 7',
    'fogbell_store_commit_seconds_bucket{le="0.005"} 1',
    'fogbell_store_commit_seconds_bucket{le="0.0025"} 0',
  ]) {
    expect(text.split('\n')).toContain(line)
  }
  expect(text).toContain('process_resident_memory_bytes')
})

test('the metrics are text for Prometheus, and need the token', async () => {
  const fixture = await createAdminFixture()
  fixture.deps.metrics.count('uplinks', 'version.post')
  const answer = await fixture.call('GET', '/metrics')
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0.0.4/)
  expect(answer.text).toContain('fogbell_uplinks_total{method="version.post"} 1')
  expect((await fetch(`${fixture.admin.url}/metrics`)).status).toBe(401)
})
