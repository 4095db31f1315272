// What a migration took over, what it left out and why, and what its operator should know. Data and counting alone.

import type { Fault } from '../../errors.ts'

export type SkippedKind = 'subscription' | 'message' | 'retained' | 'will' | 'key'

/** In words at the command's side (cli/migrate.ts) and in docs/moving.md. */
export type SkipReason = 'invalid_filter' | 'invalid_topic' | 'ota_topic' | 'system_topic' | 'qos_0_filter' | 'queue_full' | 'unreadable'

export interface Skipped {
  readonly kind: SkippedKind
  readonly reason: SkipReason
  readonly count: number
  /** Topics, filters or client ids: the first few. */
  readonly examples: readonly string[]
}

export interface MigrationCounts {
  /** Sessions by whose they are. */
  readonly device: number
  readonly user: number
  readonly anonymous: number
  readonly subscriptions: number
  /** Entries of queues; `inflight` of them were sent and not acknowledged. */
  readonly queued: number
  readonly inflight: number
  /** QoS 2 packet ids that were received and not released. */
  readonly incoming: number
  readonly retained: number
  readonly wills: number
  /** Topics and payloads, as the server's bounds count them. */
  readonly queuedBytes: number
  readonly retainedBytes: number
}

export interface MigrationReport extends MigrationCounts {
  /** Client ids of sessions that no rule places, which are left out. */
  readonly unplaced: readonly string[]
  readonly skipped: readonly Skipped[]
  /** What is taken over and goes beyond a setting. `path` names the setting. */
  readonly warnings: readonly Fault[]
}

export interface Reporter {
  readonly counts: { -readonly [name in keyof MigrationCounts]: MigrationCounts[name] }
  skip(kind: SkippedKind, reason: SkipReason, example: string): void
  skipped(): readonly Skipped[]
}

const shown = 5

export const createReporter = (): Reporter => {
  const rows = new Map<string, { -readonly [name in keyof Skipped]: Skipped[name] }>()
  return {
    counts: {
      device: 0,
      user: 0,
      anonymous: 0,
      subscriptions: 0,
      queued: 0,
      inflight: 0,
      incoming: 0,
      retained: 0,
      wills: 0,
      queuedBytes: 0,
      retainedBytes: 0,
    },
    skip(kind, reason, example) {
      const name = `${kind} ${reason}`
      const row = rows.get(name) ?? { kind, reason, count: 0, examples: [] }
      row.count += 1
      if (row.examples.length < shown && !row.examples.includes(example)) row.examples = [...row.examples, example]
      rows.set(name, row)
    },
    skipped: () => [...rows.values()],
  }
}
