// An image that calls itself `v1.1.0` in a package `1.1.0`: flashed once, and the campaign says so.

import { beforeEach, expect, test } from 'vitest'
import type { Connection } from '../../src/ota/ports/mqtt.ts'
import { say } from '../../src/sentences/sentence.ts'
import { createOtaFixture, type OtaFixture } from '../support/ota-fixture.ts'

let fixture: OtaFixture
let device: Connection

beforeEach(async () => {
  fixture = await createOtaFixture()
  device = await fixture.known()
})

const fetchAll = async (task = 1): Promise<void> => {
  const { size } = await fixture.task(task)
  fixture.core.served({ task, bytes: size, complete: true, sure: true, quietMs: 0 })
  await fixture.settle()
}
const reboot = async (version: string): Promise<void> => {
  await fixture.pass(5)
  device = await fixture.join('pk/dn')
  await fixture.say(device, 'version.post', { version, module: 'mcu' })
  await fixture.pass(600)
}
test('the device is not matched again by the continuous campaign, and both versions are named', async () => {
  const id = await fixture.start({ target: { continuous: true }, abort: [], retry: { max: 3, delaySeconds: 1 } })
  await fetchAll()
  await reboot('v1.1.0')
  const task = await fixture.task()
  expect(task).toMatchObject({ state: 'failed', reason: 'unexpected_version', desc: 'v1.1.0', newest: true })
  expect(say(task.history.at(-1)?.said as never)).toContain('reports v1.1.0 instead of 1.1.0')
  await reboot('v1.1.0')
  expect(fixture.pushes()).toBe(1)
  expect(fixture.store.reads.campaign(id)?.imageVersions).toEqual(['v1.1.0'])
  const text = (await fixture.why('pk/dn')).map((verdict) => verdict.text).join('\n')
  expect(text).toContain('the image of 1.1.0 calls itself v1.1.0, so this campaign does not update the device again')
  expect(text).toContain('reports v1.1.0 instead of 1.1.0')
})

test('nor if its report comes after the time-out', async () => {
  await fixture.start({ target: { continuous: true }, abort: [] })
  await fetchAll()
  await fixture.pass(4000)
  expect((await fixture.task()).state).toBe('timed_out')
  await reboot('v1.1.0')
  expect(fixture.pushes()).toBe(1)
})

test('an operator may retry it all the same, and another campaign may have it', async () => {
  const id = await fixture.start({ target: { continuous: true }, abort: [] })
  await fetchAll()
  await reboot('v1.1.0')
  expect(await fixture.core.operators.campaigns.retry(id)).toBe(1)
  await fixture.settle()
  expect(fixture.pushes()).toBe(2)
})

test('without the whole image an unexpected version is retried and matched as before', async () => {
  const id = await fixture.start({ target: { continuous: true }, abort: [], retry: { max: 1, delaySeconds: 1 } })
  await fixture.say(device, 'upgrade.post', { step: 50, module: 'mcu', task_id: '1' })
  await reboot('1.0.5')
  expect(await fixture.task()).toMatchObject({ state: 'failed', reason: 'unexpected_version' })
  expect(fixture.pushes()).toBe(2)
  expect(fixture.store.reads.campaign(id)?.imageVersions).toBeUndefined()
})
