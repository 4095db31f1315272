// What the parts of a running server show in its metrics.

import { expect, test } from 'vitest'
import type { Metrics, Readings } from '../src/admin/metrics.ts'
import { connectMetrics } from '../src/server-metrics.ts'

test('the campaigns of test stations, which run as long as the server, are not counted', () => {
  const read: Readings[] = []
  const campaigns = [{ status: 'running' }, { status: 'running', station: { procedure: 'fct', rev: 1, graceSeconds: 120 } }]
  const core = { operators: { reads: { campaigns: () => campaigns }, fleet: {} } }
  const parts = { core, broker: {}, downloads: {}, webhooks: {}, floor: {} } as unknown as Parameters<typeof connectMetrics>[1]
  const machine = {} as Parameters<typeof connectMetrics>[2]
  connectMetrics({ read: (given: Readings) => void read.push(given) } as unknown as Metrics, parts, machine)
  expect(read.map((readings) => readings.campaigns?.())).toMatchObject([{ running: 1, paused: 0 }])
})
