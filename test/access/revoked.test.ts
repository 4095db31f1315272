// What was begun with rights that are taken away before it is done.

import { expect, test } from 'vitest'
import { openAccess } from '../../src/access/open-access.ts'
import type { Actor } from '../../src/ota/ports/access.ts'
import type { Op } from '../../src/ota/ports/store.ts'
import { createMemory } from '../../src/store/memory.ts'
import { browserWith, clientWith } from '../support/access-clients.ts'
import { type AdminFixture, createAdminFixture, itemsOf, startTime, textOf } from '../support/admin-fixture.ts'
import { openRawHttp } from '../support/raw-http-client.ts'
import { createRecordingLog } from '../support/recording-log.ts'
import { until } from '../support/until.ts'

const password = 'correct horse battery'
const day = 86_400_000

/** A request whose body is held back after its first byte. */
const heldBack = (fixture: AdminFixture, line: string, token: string, body: string, type = 'application/json') => {
  const head = `${line} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`
  const client = openRawHttp(fixture.admin.port, head)
  return {
    begun: client.has('100 Continue'),
    async finish(): Promise<string> {
      client.socket.write(body)
      await client.closed
      return /\r\n\r\nHTTP\/1\.1 (\d+)/.exec(client.text())?.[1] ?? ''
    },
  }
}

test('a request whose body is held back until its token has been removed does nothing', async () => {
  const fixture = await createAdminFixture()
  const client = await clientWith(fixture, 'admin')
  const held = [
    heldBack(fixture, 'POST /api/v1/tokens', client.token, JSON.stringify({ name: 'back-door', role: 'admin' })),
    heldBack(fixture, 'PUT /api/v1/devices/lamp/l1', client.token, '{"secret":"of the device"}'),
    heldBack(fixture, 'POST /api/v1/devices/import', client.token, 'product,name\nlamp,l2\n', 'text/csv'),
    heldBack(fixture, 'PUT /api/v1/firmware?product=lamp&version=2', client.token, 'image bytes', 'application/octet-stream'),
  ]
  await Promise.all(held.map(({ begun }) => begun))
  await fixture.call('DELETE', `/api/v1/tokens/${client.name}`)
  expect(await Promise.all(held.map(({ finish }) => finish()))).toEqual(['401', '401', '401', '401'])
  for (const list of ['tokens', 'devices', 'firmware']) expect(itemsOf(await fixture.call('GET', `/api/v1/${list}`))).toEqual([])
  await until(async () => (await fixture.files()).length === 0)
})

/** People and tokens over a disk that holds its commits back while it is slow. */
const createWorld = async () => {
  const disk = createMemory()
  const held: (() => void)[] = []
  const state = { isSlow: false, now: startTime }
  const batches = {
    ...disk,
    async commit(ops: readonly Op[]) {
      if (state.isSlow) await new Promise<void>((resolve) => void held.push(resolve))
      return disk.commit(ops)
    },
  }
  const access = await openAccess({ batches, fileToken: () => 'of-the-file', now: () => state.now, log: createRecordingLog([]) })
  const actorOf = (token: string): Actor => {
    const caller = access.gate.byToken(token, '192.0.2.7')
    if (caller === null) throw new Error('the token is known')
    return { caller, address: '192.0.2.7' }
  }
  return {
    ...access,
    state,
    actorOf,
    ada: actorOf('of-the-file'),
    /** From now on commits wait: one is on its way. */
    async hold() {
      state.isSlow = true
      const first = access.audit.note({
        kind: 'server',
        name: 'server',
        role: null,
        address: null,
        act: 'x',
        subject: null,
        changes: {},
        detail: {},
      })
      await until(() => held.length === 1)
      return async () => {
        state.isSlow = false
        for (const release of held) release()
        await first
      }
    },
  }
}

const refused = { code: 'OTA_UNAUTHORIZED' }

test('what waits for its turn is not done for a token that is removed before it', async () => {
  const world = await createWorld()
  const bob = world.actorOf((await world.tokens.add({ name: 'bob', role: 'admin', station: null }, world.ada)).token)
  const release = await world.hold()
  const removed = world.tokens.remove('bob', world.ada)
  const late = [
    world.tokens.add({ name: 'back-door', role: 'admin', station: null }, bob),
    world.signIns.newCode(bob),
    world.signIns.endAll(bob),
  ].map((act) => expect(act).rejects.toMatchObject(refused))
  await release()
  await removed
  await Promise.all(late)
  expect(world.tokens.list()).toEqual([])
})

test('whoever is signed out everywhere while a code of that session signs in stays signed out', async () => {
  const world = await createWorld()
  await world.people.add({ name: 'mei', role: 'viewer', password }, world.ada)
  const { caller } = await world.signIns.byPassword('mei', password, '192.0.2.7')
  const { code } = await world.signIns.newCode({ caller, address: '192.0.2.7' })
  const release = await world.hold()
  const ended = world.signIns.endOf('mei', world.ada)
  const late = expect(world.signIns.byCode(code, '192.0.2.7')).rejects.toMatchObject(refused)
  await release()
  expect(await ended).toBe(1)
  await late
  expect(world.people.list()).toMatchObject([{ sessions: 0 }])
})

test('somebody of the same name who is added meanwhile does not get the password that the one before chose', async () => {
  const world = await createWorld()
  await world.people.add({ name: 'mei', role: 'viewer', password }, world.ada)
  const { caller } = await world.signIns.byPassword('mei', password, '192.0.2.7')
  const input = { password: 'of the old mei', current: password }
  const late = expect(world.people.setPassword('mei', input, { caller, address: '192.0.2.7' })).rejects.toMatchObject(refused)
  await world.people.remove('mei', world.ada)
  await Promise.all([world.people.add({ name: 'mei', role: 'admin', password: 'of the new mei' }, world.ada), late])
  await expect(world.signIns.byPassword('mei', 'of the old mei', '192.0.2.7')).rejects.toMatchObject(refused)
  await world.signIns.byPassword('mei', 'of the new mei', '192.0.2.7')
})

test('a session that a code of another session began ends when that one would have', async () => {
  const fixture = await createAdminFixture()
  await fixture.call('POST', '/api/v1/users', { name: 'mei', role: 'viewer', password })
  let browser = await browserWith(fixture, { name: 'mei', password })
  const newBrowser = async () => {
    const { body } = await browser.call('POST', '/api/v1/session/code')
    return browserWith(fixture, { code: textOf(body['code']) })
  }
  for (let i = 0; i < 60; i++) {
    fixture.pass(day / 2 - 1)
    if (i % 20 === 19) browser = await newBrowser()
    expect((await browser.call('GET', '/api/v1/whoami')).status).toBe(200)
  }
  expect(browser.attributes).toBe('HttpOnly; SameSite=Strict; Path=/; Max-Age=1')
  fixture.pass(60)
  expect((await browser.call('GET', '/api/v1/whoami')).status).toBe(401)
})
