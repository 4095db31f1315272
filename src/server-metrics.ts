// What the parts of a running server show in its metrics. A part of the composition root: it reads from the rooms, and changes nothing.

import type { Metrics, Readings } from './admin/metrics.ts'
import type { DownloadServer } from './download/server.ts'
import type { Broker } from './mqtt/broker.ts'
import type { Orchestrator } from './ota/orchestrator.ts'
import type { Batches, Reads } from './ota/ports/store.ts'
import type { Webhooks } from './ota/ports/webhooks.ts'
import type { OpenFloor } from './server-stations.ts'

/** All commits of one group share a promise, which is timed once. */
export const timed = <B extends Batches>(batches: B, metrics: Metrics): B => {
  let last: Promise<void> | undefined
  return {
    ...batches,
    commit(ops) {
      const written = batches.commit(ops)
      if (written !== last) {
        const from = performance.now()
        last = written
        written.then(
          () => metrics.commitSeconds((performance.now() - from) / 1000),
          () => undefined,
        )
      }
      return written
    },
  }
}

const counted = <K extends string>(keys: readonly K[], values: Iterable<K>): Record<K, number> => {
  const counts = Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>
  for (const value of values) counts[value] += 1
  return counts
}

/** Those of test stations run as long as the server. */
function* statusesOf(reads: Pick<Reads, 'campaigns'>) {
  for (const { status, station } of reads.campaigns()) if (station === undefined) yield status
}

export type MachineReadings = Pick<Readings, 'storeFailed' | 'storeLost' | 'logDropped' | 'descriptorsExhausted' | 'certificates'>

interface Connected {
  readonly core: Orchestrator
  readonly broker: Broker
  readonly downloads: DownloadServer
  readonly webhooks: Pick<Webhooks, 'list'>
  readonly floor: Pick<OpenFloor, 'mesUnanswered'>
}

export const connectMetrics = (metrics: Metrics, { core, broker, downloads, webhooks, floor }: Connected, machine: MachineReadings): void =>
  metrics.read({
    ...machine,
    connections: broker.connections,
    devicesOnline: core.online,
    devicesKnown: core.operators.fleet.known,
    openTasks: core.operators.fleet.openTasks,
    campaigns: () => counted(['draft', 'scheduled', 'running', 'paused', 'completed', 'canceled'], statusesOf(core.operators.reads)),
    downloads: downloads.stats,
    webhooks: webhooks.list,
    mesUnanswered: floor.mesUnanswered,
    downloadCrowd: downloads.crowd,
  })
