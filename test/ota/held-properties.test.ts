// Whatever other campaigns exist, and whatever happens: a held device gets only the station's offers.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Connection } from '../../src/ota/ports/mqtt.ts'
import { addFirmware, createOtaFixture, type OtaFixture } from '../support/ota-fixture.ts'

type Act =
  | 'join'
  | 'leave'
  | 'old'
  | 'new'
  | 'newer'
  | 'get'
  | 'progress'
  | 'done'
  | 'pass'
  | 'minute'
  | 'start'
  | 'overwrite'
  | 'continuous'
  | 'pull'
  | 'retry'
  | 'push'
const acts: readonly Act[] = [
  'join',
  'leave',
  'old',
  'new',
  'newer',
  'get',
  'progress',
  'done',
  'pass',
  'minute',
  'start',
  'overwrite',
  'continuous',
  'pull',
  'retry',
  'push',
]

interface World {
  connection: Connection | undefined
  readonly other: number
  fixture: OtaFixture
}

const campaigns: { readonly [act: string]: object } = {
  start: {},
  overwrite: { overwrite: true },
  continuous: { target: { continuous: true }, overwrite: true, reflash: true },
  pull: { push: false, target: { devices: ['pk/dn'] }, retry: { max: 2 } },
}

const perform = async (world: World, act: Act): Promise<void> => {
  const { fixture } = world
  const { operators } = fixture.core
  const say = async (method: string, params: object): Promise<void> => {
    if (world.connection !== undefined) await fixture.say(world.connection, method, { module: 'mcu', ...params })
  }
  if (act in campaigns) return void (await fixture.start({ firmware: world.other, ...campaigns[act] }))
  switch (act) {
    case 'join':
      world.connection = await fixture.join('pk/dn')
      return
    case 'leave':
      if (world.connection !== undefined) fixture.core.disconnected(world.connection)
      world.connection = undefined
      return fixture.settle()
    case 'old':
      return say('version.post', { version: '1.0.0' })
    case 'new':
      return say('version.post', { version: '1.1.0' })
    case 'newer':
      return say('version.post', { version: '2.0.0' })
    case 'get':
      return say('firmware.get', {})
    case 'progress':
      return say('upgrade.post', { step: 50 })
    case 'done':
      return say('upgrade.post', { step: -2, desc: '' })
    case 'pass':
      return fixture.pass(5)
    case 'minute':
      return fixture.pass(61)
    case 'retry':
      for (const { id } of fixture.store.reads.campaigns()) await operators.campaigns.retry(id).catch(() => undefined)
      return fixture.settle()
    default:
      for (const { id } of fixture.store.reads.openTasksOf('pk/dn')) await operators.tasks.push(id).catch(() => undefined)
      return fixture.settle()
  }
}

test('a held device is offered nothing but what the station wants, whatever happens', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...acts), { maxLength: 12 }),
      fc.array(fc.constantFrom(...acts), { minLength: 3, maxLength: 15 }),
      fc.boolean(),
      async (before, held, restarts) => {
        const fixture = await createOtaFixture()
        const world: World = { connection: undefined, other: await addFirmware(fixture, '2.0.0'), fixture }
        const procedure = { procedure: 'fct', rev: 1, firmware: fixture.firmware, reflash: false, updateSeconds: 600, restartSeconds: 120 }
        const id = await fixture.core.operators.stations.openCampaign(procedure)
        for (const act of before) await perform(world, act).catch(() => undefined)
        if (restarts) {
          world.fixture = await fixture.restart()
          world.connection = undefined
        }
        const { core, sent } = world.fixture
        core.operators.stations.hold('pk/dn')
        const from = sent.length
        for (const act of held) {
          await core.operators.stations.admit(id, 'pk/dn', false).catch(() => undefined)
          await perform(world, act).catch(() => undefined)
        }
        expect(sent.slice(from).filter(({ params }) => params['version'] !== '1.1.0')).toEqual([])
      },
    ),
    { numRuns: 60 },
  )
})
