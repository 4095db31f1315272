// People, tokens and the audit of a running server: opened with what the store has lost, tidied now and then, and the head of the audit logged
// once a day.

import { type AccessDeps, openAccess } from './access/open-access.ts'
import { openToken } from './data-dir.ts'
import { acceptedLosses, instanceOf } from './data-open.ts'
import type { Store } from './ota/ports/store.ts'

const tidyMs = 600_000
const dayMs = 86_400_000

export interface EntranceDeps extends Omit<AccessDeps, 'fileToken'> {
  readonly dataDir: string
  readonly store: Store
  readonly closers: { add(close: () => Promise<void>): void }
}

/** The token of the data directory, and all others who may use the API. */
export const openEntrance = async ({ dataDir, closers, store, ...deps }: EntranceDeps) => {
  const { batches, log } = deps
  const { token, renewToken } = await openToken(dataDir)
  const access = await openAccess({ ...deps, fileToken: token })
  await access.noteInstance(await instanceOf(store))
  await access.noteLosses(await acceptedLosses(batches))
  const tidy = (): void => {
    access.tidy().catch((err: unknown) => log.warn({ err }, 'when tokens were last used could not be stored'))
  }
  const timers = [setInterval(tidy, tidyMs).unref(), setInterval(access.logHead, dayMs).unref()]
  access.logHead()
  closers.add(() => {
    for (const timer of timers) clearInterval(timer)
    return access.close()
  })
  return { token, renewToken, access }
}
