import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { run } from '../../src/cli/main.ts'
import { type CliAdminFixture, createCliAdminFixture } from '../support/cli-admin-fixture.ts'
import { createCliTerminalFixture } from '../support/cli-terminal-fixture.ts'

let directory: string
let admin: CliAdminFixture

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fogbell-cli-'))
  admin = await createCliAdminFixture()
  admin.on('GET /devices', () => ({ json: { items: [], next: null } }))
})
afterEach(async () => {
  await admin.close()
  await rm(directory, { recursive: true, force: true })
})

const writeDescription = (fields: object): Promise<void> =>
  writeFile(join(directory, 'fogbell.json'), JSON.stringify({ pid: process.pid, admin: admin.url, ...fields }))

describe('with a service on this machine', () => {
  const called = async (env: Record<string, string>, ...argv: string[]) => {
    const terminal = createCliTerminalFixture({ env })
    const status = await run(['device', 'list', ...argv], { ...terminal.io, serviceData: directory })
    return { status, err: terminal.err() }
  }

  test('its data directory is used if ./data has no server', async () => {
    await writeDescription({})
    await writeFile(join(directory, 'admin.token'), 'of-the-service')
    expect(await called({})).toEqual({ status: 0, err: '' })
    expect(admin.asked[0]?.headers.authorization).toBe('Bearer of-the-service')
  })

  test.each([
    ['--data', {}, ['--data', '/nowhere/data']],
    ['FOGBELL_DATA', { FOGBELL_DATA: '/nowhere/data' }, []],
  ])('but not if another is given by %s', async (_, env, argv) => {
    await writeDescription({})
    const { status, err } = await called(env, ...argv)
    expect([status, err.includes('there is no /nowhere/data/fogbell.json')]).toEqual([3, true])
  })

  test('its token goes to no server that is given otherwise', async () => {
    await writeFile(join(directory, 'admin.token'), 'of-the-service')
    await called({}, '--server', admin.url)
    expect(admin.asked[0]?.headers.authorization).toBeUndefined()
  })

  test('if it does not run, both places are named', async () => {
    const { status, err } = await called({})
    expect(status).toBe(3)
    expect(err).toContain(`there is no ${join(process.cwd(), 'data/fogbell.json')}, and no ${join(directory, 'fogbell.json')}`)
  })
})
