// What a person reads last of `fogbell simulate`.

import { expect, test } from 'vitest'
import { createCliTerminalFixture } from '../support/cli-terminal-fixture.ts'
import { imageOf } from '../support/image-samples.ts'
import { createSimulateServerFixture } from '../support/simulate-server-fixture.ts'

const simulated = async (...more: readonly string[]): Promise<readonly string[]> => {
  const server = await createSimulateServerFixture(imageOf(2000))
  const terminal = createCliTerminalFixture()
  const fleet = ['--broker', server.broker, '--devices', '1', '--gateways', '0', '--until-idle', '0.1s']
  expect(await terminal.run('simulate', ...fleet, ...more)).toBe(0)
  await server.close()
  return terminal.out().trimEnd().split('\n')
}

test('the last line says what happened and what to do next; a script gets none', async () => {
  expect((await simulated()).at(-1)).toMatch(
    /^1 device: 0 updated, 0 failed, 1 not offered an update\. Offer them an update with `fogbell push/,
  )
  const lines = await simulated('--json')
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ event: 'summary' })
})
