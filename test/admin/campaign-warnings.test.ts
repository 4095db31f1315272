import { expect, test } from 'vitest'
import { type AdminFixture, createAdminFixture } from '../support/admin-fixture.ts'

const create = (scene: AdminFixture, body: object) => scene.call('POST', '/api/v1/campaigns', body)

test('what is probably a slip is told with the campaign and with a dry run, once', async () => {
  const scene = await createAdminFixture()
  await scene.upload('product=pk&version=2.0', 'abc')
  await scene.call('PUT', '/api/v1/devices/pk/a', {})
  const body = { firmware: 1, start: true, target: { exclude: ['pk/typo'] } }
  const warnings = [expect.stringMatching(/^target\.exclude: pk\/typo is not known/)]
  expect((await scene.call('POST', '/api/v1/campaigns?dryRun=true', body)).body).toMatchObject({ warnings })
  const made = await create(scene, body)
  expect(made.body).toMatchObject({ status: 'running', warnings })
  expect(made.body['warningDetails']).toEqual([
    { path: 'target.exclude', text: expect.stringMatching(/^pk\/typo is not known/), code: expect.any(String), params: expect.any(Object) },
  ])
  expect((await scene.call('GET', '/api/v1/campaigns/1')).body).not.toHaveProperty('warnings')
})

test('a phase by count that there are not so many targets for is told, but not where more may come', async () => {
  const scene = await createAdminFixture()
  await scene.upload('product=pk&version=2.0', 'abc')
  const body = { firmware: 1, phases: [{ count: 1 }, { count: 20 }] }
  expect((await create(scene, body)).body).not.toHaveProperty('warnings')
  for (const name of ['a', 'b']) await scene.call('PUT', `/api/v1/devices/pk/${name}`, {})
  const warnings = [
    'phases[1].count: 20 is more than the 2 targets there are, so that it takes all that are left, and the phase after it has no devices.',
  ]
  expect((await scene.call('POST', '/api/v1/campaigns?dryRun=true', body)).body).toMatchObject({ warnings })
  expect((await create(scene, body)).body).toMatchObject({ warnings })
  expect((await create(scene, { ...body, target: { continuous: true } })).body).not.toHaveProperty('warnings')
  expect((await create(scene, { ...body, phases: [{ count: 2 }] })).body).not.toHaveProperty('warnings')
})
