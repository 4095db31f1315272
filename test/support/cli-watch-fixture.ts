// A campaign on a scripted admin API, and a terminal that watches it: tests change its tasks, and the counts follow from these.

import { afterEach, beforeEach } from 'vitest'
import type { CampaignView, Counts, TaskView } from '../../src/cli/api-records.ts'
import { type CliAdminFixture, createCliAdminFixture } from './cli-admin-fixture.ts'
import { campaign, counts, device, task } from './cli-samples.ts'
import { type CliTerminalFixture, type CliTerminalFixtureOptions, createCliTerminalFixture } from './cli-terminal-fixture.ts'

interface Watched {
  admin: CliAdminFixture
  campaign: CampaignView
  tasks: TaskView[]
  skipped: number
}

/** Created again before each test of a file that calls it. */
export const createCliWatchFixture = () => {
  const state: Partial<Watched> = {}
  const server = (): CliAdminFixture => state.admin!
  const record = (): CampaignView => {
    const sums: Record<string, number> = { ...counts(), skipped: state.skipped! }
    for (const { state: name } of state.tasks!) sums[name] = (sums[name] ?? 0) + 1
    return { ...state.campaign!, counts: sums as Counts }
  }
  const looks = (): number => server().asked.filter(({ path }) => path === '/campaigns/3').length

  beforeEach(async () => {
    const admin = await createCliAdminFixture()
    Object.assign(state, { admin, campaign: campaign(), tasks: [], skipped: 0 } satisfies Watched)
    admin.on('GET /campaigns/3', () => ({ json: record() }))
    admin.on('GET /tasks', ({ query }) => ({ json: { items: state.tasks!.filter((one) => one.state === query.get('state')), next: null } }))
    admin.on('GET /devices/pk/*', () => ({ json: device() }))
  })
  afterEach(() => server().close())

  return {
    state: state as Watched,
    /** The campaign as the server returns it. */
    record,
    /** How often it was read so far. */
    looks,
    /** Resolves when the watch has read it `n` more times. */
    afterLooks(terminal: CliTerminalFixture, n: number): Promise<void> {
      const wanted = looks() + n
      return terminal.until(() => looks() >= wanted)
    },
    watching(options: CliTerminalFixtureOptions = {}, ...more: string[]): { terminal: CliTerminalFixture; status: Promise<number> } {
      const terminal = createCliTerminalFixture({ ...options, env: { FOGBELL_SERVER: server().url, FOGBELL_TOKEN: 'tok', ...options.env } })
      return { terminal, status: terminal.run('campaign', 'watch', '3', ...more) }
    },
  }
}

const endedAt = '2026-03-01T12:00:00.000Z'

export const done = (fields: Partial<TaskView> = {}): TaskView => task({ state: 'succeeded', endedAt, ...fields })
export const failed = (fields: Partial<TaskView> = {}): TaskView =>
  task({ state: 'failed', reason: 'verify_error', code: -3, desc: 'md5', endedAt, ...fields })
export const offline = (fields: Partial<TaskView> = {}): TaskView => task({ state: 'queued', reason: 'offline', ...fields })
