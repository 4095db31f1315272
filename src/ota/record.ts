// The way from a draft to the disk, and what follows once it is there: events, links, and turns of campaigns. Never the other order.

import type { Core } from './core.ts'
import type { Draft } from './draft.ts'
import { isOpen } from './model.ts'
import type { Change } from './ports.ts'

const follow = (core: Core, draft: Draft): void => {
  const campaigns = new Set<number>()
  for (const { before, after } of draft.tasks) {
    core.events.emit({ type: 'task', task: after })
    if (before?.state === after.state && before.slot === after.slot && before.newest === after.newest) continue
    campaigns.add(after.campaign)
    if (isOpen(after.state)) continue
    core.downloads.forget(after.id)
    core.live.delete(after.id)
    // What the device's other modules wait for may be this end.
    for (const other of core.store.openTasksOf(after.device)) core.poke(other.campaign)
    const gateway = core.store.device(after.device)?.gateway ?? null
    for (const child of gateway === null ? [] : core.index.children(gateway)) {
      for (const other of core.store.openTasksOf(child)) core.poke(other.campaign)
    }
    for (const campaign of core.store.campaigns()) if (campaign.waiting.includes(after.device)) core.poke(campaign.id)
  }
  for (const campaign of draft.campaigns) campaigns.add(campaign.id)
  for (const campaign of campaigns) {
    core.events.emit({ type: 'campaign', campaign })
    core.poke(campaign)
  }
}

/** `more` goes to disk with the draft. Resolves when the draft is on disk; what follows from it comes after whoever waits for that. An empty draft is done at once. */
export const record = async (core: Core, draft: Draft, more: readonly Change[] = []): Promise<void> => {
  if (draft.isEmpty && more.length === 0) return
  await core.store.commit(more.length === 0 ? draft.changes() : [...draft.changes(), ...more])
  void Promise.resolve()
    .then(() => follow(core, draft))
    .catch((error: unknown) => core.log.error({ err: error }, 'what follows a recorded change failed'))
}
