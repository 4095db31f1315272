import { expect, test } from 'vitest'
import { type AdminFixture, createAdminFixture } from '../support/admin-fixture.ts'

const create = (fixture: AdminFixture, body: object) => fixture.call('POST', '/api/v1/campaigns', body)

test('warnings are in the answer to the creation and to a dry run, and nowhere else', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=2.0', 'abc')
  await fixture.call('PUT', '/api/v1/devices/pk/a', {})
  const body = { firmware: 1, start: true, target: { exclude: ['pk/typo'] } }
  const warnings = [expect.stringMatching(/^target\.exclude: pk\/typo is not known/)]
  expect((await fixture.call('POST', '/api/v1/campaigns?dryRun=true', body)).body).toMatchObject({ warnings })
  const made = await create(fixture, body)
  expect(made.body).toMatchObject({ status: 'running', warnings })
  expect(made.body['warningDetails']).toEqual([
    { path: 'target.exclude', text: expect.stringMatching(/^pk\/typo is not known/), code: expect.any(String), params: expect.any(Object) },
  ])
  expect((await fixture.call('GET', '/api/v1/campaigns/1')).body).not.toHaveProperty('warnings')
})

test('what the run has shown is a warning of the campaign from then on', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=2.0', 'abc')
  await create(fixture, { firmware: 1 })
  const campaign = fixture.store.reads.campaign(1)
  if (campaign === undefined) throw new Error('there is no campaign')
  await fixture.store.writes.commit([{ put: 'campaign', value: { ...campaign, imageVersions: ['v2.0'] } }])
  expect((await fixture.call('GET', '/api/v1/campaigns/1')).body).toMatchObject({
    warnings: [expect.stringContaining('the image calls itself v2.0, and its package 2.0')],
    warningDetails: [{ path: null, code: 'campaign_image_version', params: { named: 'v2.0', version: '2.0' } }],
  })
})

test('an image that devices report as they should is not said to be another version because of one that does not', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=2.0', 'abc')
  const a = await fixture.join('pk/a')
  await fixture.report(a, 'version.post', { version: '1.0' })
  await create(fixture, { firmware: 1, start: true })
  await fixture.settle()
  await fixture.report(a, 'version.post', { version: '2.0' })
  await fixture.settle()
  const campaign = fixture.store.reads.campaign(1)
  if (campaign === undefined) throw new Error('there is no campaign')
  await fixture.store.writes.commit([{ put: 'campaign', value: { ...campaign, imageVersions: ['v2.0'] } }])
  const { body } = await fixture.call('GET', '/api/v1/campaigns/1')
  expect(body).toMatchObject({ counts: { succeeded: 1 } })
  expect(body).not.toHaveProperty('warnings')
})

test('a phase with a count greater than the number of targets gives a warning, unless more may come', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=2.0', 'abc')
  const body = { firmware: 1, phases: [{ count: 1 }, { count: 20 }] }
  expect((await create(fixture, body)).body).not.toHaveProperty('warnings')
  for (const name of ['a', 'b']) await fixture.call('PUT', `/api/v1/devices/pk/${name}`, {})
  const warnings = [
    'phases[1].count: 20 is more than the 2 targets there are, so it takes all remaining targets, and the phase after it has no devices.',
  ]
  expect((await fixture.call('POST', '/api/v1/campaigns?dryRun=true', body)).body).toMatchObject({ warnings })
  expect((await create(fixture, body)).body).toMatchObject({ warnings })
  expect((await create(fixture, { ...body, target: { continuous: true } })).body).not.toHaveProperty('warnings')
  expect((await create(fixture, { ...body, phases: [{ count: 2 }] })).body).not.toHaveProperty('warnings')
})
