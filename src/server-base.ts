// Store, images and clock of a running server, which everything else needs. A part of the composition root; the first that is loaded, so that
// the rest can be while the store opens on other threads.

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { isPastFirstHour, markData, openData } from './data-open.ts'
import type { Log } from './log.ts'
import { createClock, latestTime } from './ota/clock.ts'
import type { Batches } from './ota/ports/store.ts'
import type { Closers } from './server-closers.ts'
import { openAlerts } from './server-webhooks.ts'
import { openStore } from './store/records.ts'
import { createStoreHealth } from './store-health.ts'
import { openImages } from './stored-images.ts'

export interface BaseDeps {
  readonly dataDir: string
  readonly log: Log
  readonly version: string
  readonly closers: Closers
  readonly requireExisting: boolean
  readonly acceptLoss: boolean
  /** The same, with the time of each commit taken. Asked for once the store is open. */
  readonly timed: <B extends Batches>(batches: B) => Promise<B>
}

/** Needed before anything else starts. */
export const openBase = async ({ dataDir, closers, log, version, requireExisting, acceptLoss, timed }: BaseDeps) => {
  const health = createStoreHealth(dataDir, log, Date.now)
  const rules = { requireExisting, acceptLoss, wrote: health.wrote }
  const { batches, sessions, openSnapshot, lost, isMarked } = await openData({ ...rules, directory: dataDir, log, now: Date.now() })
  closers.add(() => batches.close())
  const endWatch = health.watch(batches)
  closers.add(async () => endWatch())
  let now: () => number = Date.now
  const webhooks = await openAlerts({ batches, health, log, version, closers, now: () => now() })
  const store = await openStore(await timed(batches), webhooks.companion)
  if (!isMarked) await markData(dataDir, store)
  const mayRemove = await isPastFirstHour(store, Date.now())
  const files = await openImages(join(dataDir, 'images'), { packages: [...store.reads.firmwares()], mayRemove, log })
  const linkKey = await store.writes.secret('link', () => randomBytes(32).toString('hex'))
  now = createClock(Date.now, () => performance.now(), latestTime(store))
  return { batches, store, files, linkKey, now, sessions, openSnapshot, lost, health, webhooks }
}

export type Opened = Awaited<ReturnType<typeof openBase>>
