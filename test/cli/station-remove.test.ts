// fogbell station remove: nothing goes before somebody has said so, and it is said what goes.

import { afterEach, beforeEach, expect, test } from 'vitest'
import { type CliAdminFixture, createCliAdminFixture, problem } from '../support/cli-admin-fixture.ts'
import { failedRun, runRecord, screenRecord, slotRecord } from '../support/cli-station-samples.ts'
import { type CliTerminalFixture, createCliTerminalFixture } from '../support/cli-terminal-fixture.ts'

let admin: CliAdminFixture
let terminal: CliTerminalFixture

beforeEach(async () => {
  admin = await createCliAdminFixture()
  terminal = createCliTerminalFixture({ tty: false, env: { FOGBELL_SERVER: admin.url, FOGBELL_TOKEN: 'tok' } })
})
afterEach(() => admin.close())

/** A station with a token, an open run and a FAIL that nobody has acknowledged. */
const withRemovable = (): void => {
  const slotViews = [slotRecord(1, runRecord({ state: 'testing', outcome: null })), slotRecord(2, failedRun())]
  admin.on('GET /stations/*', () => ({ json: screenRecord({ slotViews }) }))
  const tokens = [
    { name: 'station-fct-1', station: 'fct-1' },
    { name: 'station-fct-2', station: 'fct-2' },
  ]
  admin.on('GET /tokens', () => ({ json: { items: tokens, next: null } }))
  admin.on('DELETE /stations/*', () => ({ status: 204, text: '' }))
}
const removals = (): readonly string[] => admin.asked.filter(({ method }) => method === 'DELETE').map(({ path }) => path)

test('station remove in a script asks nothing, and says what went and what stays', async () => {
  withRemovable()
  expect(await terminal.run('station', 'remove', 'fct-1')).toBe(0)
  expect(terminal.out()).toContain('station fct-1 removed, with 1 token: station-fct-1')
  expect(terminal.out()).toContain('fogbell run list --station fct-1')
  admin.on('DELETE /stations/*', () => problem(404, 'OTA_STATION_UNKNOWN', 'There is no station x.'))
  expect(await terminal.run('station', 'remove', 'x')).toBe(1)
})

test.each([
  ['y\n', 0, ['/stations/fct-1']],
  ['YES\r', 0, ['/stations/fct-1']],
  ['\n', 1, []],
  ['no\n', 1, []],
])('station remove at a terminal is answered by %j', async (typed, status, removed) => {
  withRemovable()
  const at = createCliTerminalFixture({ tty: true, env: { FOGBELL_SERVER: admin.url, FOGBELL_TOKEN: 'tok' } })
  const ends = at.run('station', 'remove', 'fct-1')
  await at.until(() => at.err().includes('Remove station fct-1? [y/N]'))
  at.stdin.write(typed)
  expect([await ends, removals()]).toEqual([status, removed])
  expect(at.err()).toContain('its 1 token (station-fct-1) will be removed')
  expect(at.err()).toMatch(/slot 1: run \d+ of \S+ is not over/)
  expect(at.err()).toMatch(/slot 2: the result of .* was not acknowledged/)
})

test('station remove --yes asks nothing at a terminal either', async () => {
  withRemovable()
  const at = createCliTerminalFixture({ tty: true, env: { FOGBELL_SERVER: admin.url, FOGBELL_TOKEN: 'tok' } })
  expect([await at.run('station', 'remove', 'fct-1', '--yes'), removals()]).toEqual([0, ['/stations/fct-1']])
})
