// A campaign on a fake admin API, and a terminal that watches it: tests change the state, and the server counts it.

import { afterEach, beforeEach } from 'vitest'
import type { CampaignView, Counts, TaskView } from '../../src/cli/api-records.ts'
import { campaign, counts, device, type FakeAdmin, startFakeAdmin, task } from './fake-admin.ts'
import { createTerminal, type Terminal, type TerminalOptions } from './terminal.ts'

interface Watched {
  admin: FakeAdmin
  campaign: CampaignView
  tasks: TaskView[]
  skipped: number
}

/** Created before each test of a file that calls `useWatched`. */
export const useWatched = () => {
  const state: Partial<Watched> = {}
  const server = (): FakeAdmin => state.admin!
  const record = (): CampaignView => {
    const sums: Record<string, number> = { ...counts(), skipped: state.skipped! }
    for (const { state: name } of state.tasks!) sums[name] = (sums[name] ?? 0) + 1
    return { ...state.campaign!, counts: sums as Counts }
  }
  const looks = (): number => server().asked.filter(({ path }) => path === '/campaigns/3').length

  beforeEach(async () => {
    const admin = await startFakeAdmin()
    Object.assign(state, { admin, campaign: campaign(), tasks: [], skipped: 0 } satisfies Watched)
    admin.on('GET /campaigns/3', () => ({ json: record() }))
    admin.on('GET /tasks', ({ query }) => ({ json: { items: state.tasks!.filter((one) => one.state === query.get('state')), next: null } }))
    admin.on('GET /devices/pk/*', () => ({ json: device() }))
  })
  afterEach(() => server().close())

  return {
    state: state as Watched,
    /** The campaign as the server answers it. */
    record,
    /** How often it was read so far. */
    looks,
    /** Resolves when the watch has read it `n` times more. */
    afterLooks(terminal: Terminal, n: number): Promise<void> {
      const wanted = looks() + n
      return terminal.until(() => looks() >= wanted)
    },
    watching(options: TerminalOptions = {}, ...more: string[]): { terminal: Terminal; status: Promise<number> } {
      const terminal = createTerminal({ ...options, env: { FOGBELL_SERVER: server().url, FOGBELL_TOKEN: 'tok', ...options.env } })
      return { terminal, status: terminal.run('campaign', 'watch', '3', ...more) }
    },
  }
}

const endedAt = '2026-03-01T12:00:00.000Z'

export const done = (fields: Partial<TaskView> = {}): TaskView => task({ state: 'succeeded', endedAt, ...fields })
export const failed = (fields: Partial<TaskView> = {}): TaskView =>
  task({ state: 'failed', reason: 'verify_error', code: -3, desc: 'md5', endedAt, ...fields })
export const offline = (fields: Partial<TaskView> = {}): TaskView => task({ state: 'queued', reason: 'offline', ...fields })
