// What each fault does, on the wire.

import { expect, test } from 'vitest'
import { createSimulateDeviceFixture } from '../support/simulate-device-fixture.ts'
import { isUp, seedFor } from '../support/simulate-fixture.ts'

const { device, server, start, pushed, ranges, outline, outcome } = createSimulateDeviceFixture()

test('drop-at-40: exactly 40 % is fetched, the connection ends without DISCONNECT, and the device never returns', async () => {
  const run = await pushed({ faults: 'drop-at-40', seed: seedFor(({ style }) => style === 'whole', { faults: 'drop-at-40' }) })
  const summary = await run.ended
  expect(summary).toEqual([{ device, fault: 'drop-at-40', version: '1.0.0', outcome: 'dropped' }])
  await server().until((seen) => seen.kind === 'close')
  expect(ranges()).toEqual(['bytes=0-999', 'bytes=1000-1999', 'bytes=2000-2999', 'bytes=3000-3999'])
  expect(server().steps()).toEqual([0, 10, 20, 30, 40])
  expect(outline().at(-1)).toBe('cut')
  expect(outline().filter((kind) => kind === 'connect')).toHaveLength(1)
})

test('reboot-mid-download: it loses power at half, returns with its old version, and resumes with Range at the new push', async () => {
  const run = await pushed({ faults: 'reboot-mid-download' })
  await server().until(isUp('version.post', 2))
  expect(outline()).toContain('cut')
  expect(server().posts('version.post').at(-1)).toMatchObject({ version: '1.0.0' })
  const before = ranges().length
  server().push(device)
  await run.event('updated')
  expect(before).toBe(5)
  expect(ranges()[before]).toMatch(/^bytes=5000-/)
  expect(ranges()).not.toContain('bytes=0-')
})

test('bad-hash: verification fails and upgrade.post has -3', async () => {
  const run = await pushed({ faults: 'bad-hash' })
  await run.event('failed')
  expect(server().posts('upgrade.post').at(-1)).toMatchObject({ step: -3, desc: expect.stringContaining('MD5 is ') })
  expect(server().steps()).not.toContain(100)
  expect(await outcome(run)).toMatchObject({ version: '1.0.0', outcome: 'failed' })
})

test('keeps-old: it reports 100, reboots and reports its old version', async () => {
  const run = await pushed({ faults: 'keeps-old' })
  await run.event('kept-old')
  expect(server().steps().at(-1)).toBe(100)
  expect(
    server()
      .posts('version.post')
      .map(({ version }) => version),
  ).toEqual(['1.0.0', '1.0.0'])
  expect(await outcome(run)).toMatchObject({ version: '1.0.0', outcome: 'kept-old' })
})

test('wrong-version: it reports 100 and returns with a version that was not sent', async () => {
  const run = await pushed({ faults: 'wrong-version' })
  await run.event('wrong-version')
  expect(server().posts('version.post').at(-1)).toMatchObject({ version: '1.0.1-other' })
})

test('duplicate-reports: every report is sent twice', async () => {
  const run = await pushed({ faults: 'duplicate-reports' })
  await run.event('updated')
  const steps = server().steps()
  expect(steps.filter((_, index) => index % 2 === 0)).toEqual(steps.filter((_, index) => index % 2 === 1))
  expect(
    server()
      .posts('version.post')
      .map(({ version }) => version),
  ).toEqual(['1.0.0', '1.0.0', '1.0.1', '1.0.1'])
})

test('out-of-order: steps fall and rise, and a late one follows the new version', async () => {
  const faults = 'out-of-order'
  const run = await pushed({ faults, seed: seedFor(({ style }) => style === 'ranges', { faults }) })
  await run.event('late-report')
  expect(server().steps()).toEqual([0, 30, 20, 10, 60, 50, 40, 90, 80, 70, 100, 50])
  expect(outline().slice(-2)).toEqual(['version.post', 'upgrade.post'])
})

test('never-answers: it receives the push and reports and fetches nothing', async () => {
  const run = await pushed({ faults: 'never-answers' })
  await run.event('ignored')
  expect(await outcome(run)).toMatchObject({ outcome: 'silent' })
  expect(server().steps()).toEqual([])
  expect(ranges()).toEqual([])
})

test('never-subscribes: it reports its version and receives nothing', async () => {
  start({ faults: 'never-subscribes' })
  await server().until(isUp('version.post'))
  expect(outline()).toEqual(['connect', 'version.post'])
})

test('step-as-string: steps are strings', async () => {
  const run = await pushed({ faults: 'step-as-string' })
  await run.event('updated')
  expect(server().steps()[0]).toBe('0')
  expect(server().steps().at(-1)).toBe('100')
  expect(
    server()
      .steps()
      .every((step) => typeof step === 'string'),
  ).toBe(true)
})

test('no-progress: it downloads and reports nothing but its new version', async () => {
  const run = await pushed({ faults: 'no-progress' })
  await run.event('updated')
  expect(server().steps()).toEqual([])
  expect(ranges().length).toBeGreaterThan(0)
  expect(server().posts('version.post').at(-1)).toMatchObject({ version: '1.0.1' })
})

test('declines: it answers -5 and fetches nothing', async () => {
  const run = await pushed({ faults: 'declines' })
  await run.event('declined')
  expect(server().steps()).toEqual([-5])
  expect(ranges()).toEqual([])
  expect(await outcome(run)).toMatchObject({ outcome: 'declined' })
})

test('gbk-desc: the description of the failure is GBK bytes, which are not valid UTF-8', async () => {
  const run = await pushed({ faults: 'gbk-desc' })
  await run.event('failed')
  const report = server().log.findLast((seen) => seen.kind === 'up')!
  expect(() => new TextDecoder('utf-8', { fatal: true }).decode(report.raw)).toThrow()
  expect(new TextDecoder('gbk').decode(report.raw)).toContain('"step":-1,"desc":"校验失败"')
})

test('no-version-at-boot: it reports its version only after an update', async () => {
  const fixture = start({ faults: 'no-version-at-boot' })
  await server().until((seen) => seen.kind === 'subscribe')
  server().push(device)
  await fixture.event('updated')
  expect(server().posts('version.post')).toEqual([{ version: '1.0.1', module: 'default' }])
})

test('slow-boot: ten times the boot delay passes before it connects', async () => {
  const startedAt = performance.now()
  start({ faults: 'slow-boot', bootMs: 10 })
  await server().until((seen) => seen.kind === 'connect')
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(98)
})

test('babbles: nonsense is sent, and the update still succeeds', async () => {
  const run = await pushed({ faults: 'babbles' })
  await run.event('updated')
  const raws = server().log.flatMap((seen) => (seen.kind === 'up' ? [seen.raw.toString()] : []))
  expect(raws).toContain('no JSON')
  expect(raws).toContain('')
})
