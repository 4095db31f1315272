// kill -9 right after the start of a large campaign was answered, while its tasks are being created: the next start creates the rest.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { isFull } from '../support/full.ts'
import { addImage, createServerFixture, makePlace, textOf } from '../support/server-fixture.ts'
import { waitFor } from '../support/until.ts'

const devices = 10_000

it.runIf(isFull)('a campaign whose tasks are half made when the server is killed has all of them, once, after a restart', async () => {
  const { path, clean } = await makePlace()
  onTestFinished(clean)
  const data = join(path, 'data')
  const server = await createServerFixture(data)
  const list = join(path, 'devices.csv')
  await writeFile(list, `product,name\n${Array.from({ length: devices }, (_, at) => `lamp,l${at}\n`).join('')}`)
  await server.command('device', 'import', list)
  const firmware = await addImage(server, { product: 'lamp', version: '2' }, Buffer.alloc(3000, 'image'))
  const started = await server.call('POST', '/campaigns', { firmware, start: true })
  await server.kill()
  expect(started).toMatchObject({ status: 'running', code: 'tasks_being_made' })
  const again = await createServerFixture(data)
  const campaign = `/campaigns/${textOf(started['id'])}`
  await waitFor('all tasks exist', async () => (await again.call('GET', campaign))['text'] === null)
  expect(await again.call('GET', campaign)).toMatchObject({ status: 'running', counts: { queued: devices, succeeded: 0, skipped: 0 } })
  await again.stop()
})
