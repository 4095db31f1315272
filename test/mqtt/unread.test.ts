// Clients that read nothing and then say DISCONNECT: their will is void though nobody can answer them any more; that of those who do not
// say it goes out.

import { once } from 'node:events'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { closeRigs, createRig, type Rig } from './rig.ts'
import { connectPacket, enterAs, patient, publishPacket, subscribe, type Wire } from './wire.ts'

// Time stands still: nobody is cut but by `cut`.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] }))
afterEach(async () => {
  await closeRigs()
  vi.useRealTimers()
})

const stallMs = 21_000
const chunk = 'x'.repeat(200_000)
const goodbye = { cmd: 'disconnect' } as const

interface Scene extends Rig {
  /** Gets the will, if there is one. */
  readonly watcher: Wire
  /** Has a will, and more unread than the system takes. */
  readonly frozen: Wire
}

const open = async (): Promise<Scene> => {
  const rig = await createRig({ settings: { anonymous: { publish: ['#'], subscribe: ['#'] } } })
  const watcher = await enterAs(rig.port, undefined, { clientId: 'watcher' })
  await subscribe(watcher, ['g/#', 1])
  const will = { topic: 'g/will', payload: Buffer.from('dead'), qos: 1 as const, retain: false }
  const frozen = await enterAs(rig.port, undefined, { clientId: 'frozen', will })
  await subscribe(frozen, ['fat', 0])
  frozen.stream.pause()
  const from = await enterAs(rig.port, undefined, { clientId: 'from' })
  for (let left = 50; left > 0; left--) {
    from.write(publishPacket('fat', chunk, { qos: 0 }))
    await from.ping()
  }
  from.write(goodbye)
  await from.closed
  return { ...rig, watcher, frozen }
}

/** The server finds that the client has read nothing for too long. */
const cut = (): void => {
  vi.setSystemTime(Date.now() + stallMs)
  vi.advanceTimersByTime(1000)
}

/** Why the frozen client's connection ended: it is the second that did. */
const ending = ({ log }: Scene): Promise<string> =>
  vi.waitFor(() => {
    const ends = log.flatMap(({ message, fields }) => (message === 'disconnected' && 'reason' in fields ? [String(fields.reason)] : []))
    expect(ends.length).toBe(2)
    return ends[1] ?? ''
  }, patient)

/** What the watcher is calls until a word of its own, behind all that is under way. */
const heard = async ({ watcher }: Scene): Promise<readonly string[]> => {
  watcher.write(publishPacket('g/end', 'end'))
  const texts: string[] = []
  while (texts.at(-1) !== 'end') texts.push((await watcher.next('publish')).payload.toString())
  return texts.slice(0, -1)
}

const small = [publishPacket('far', 'x', { qos: 0 })]
/** More than is read of a client that waits: the DISCONNECT behind it stays with the system. */
const large = Array.from({ length: 4 }, () => publishPacket('far', 'x'.repeat(40_000), { qos: 0 }))

it('a DISCONNECT that is next in line is seen at once [MQTT-3.14.4-3]', async () => {
  const scene = await open()
  scene.frozen.write(goodbye)
  expect(await ending(scene)).toBe('disconnect')
  expect(await heard(scene)).toEqual([])
})

it('a DISCONNECT is seen though the client is gone right behind it', async () => {
  const scene = await open()
  scene.frozen.write(goodbye)
  await once(scene.frozen.stream.end(), 'finish')
  // What it left unread makes this a reset.
  scene.frozen.stream.destroy()
  expect(await ending(scene)).toBe('disconnect')
  expect(await heard(scene)).toEqual([])
})

it.each([
  ['a PINGREQ', [{ cmd: 'pingreq' } as const]],
  ['a message', small],
  ['more than is read of it', large],
])('a DISCONNECT behind %s that cannot be handled voids the will of a client that is cut', async (_what, before) => {
  const scene = await open()
  scene.frozen.write(...before, goodbye)
  cut()
  expect(await ending(scene)).toBe('slow_consumer')
  expect(await heard(scene)).toEqual([])
})

it.each([
  ['nothing', []],
  ['a message', small],
  ['very much', large],
])('a client that is cut without a DISCONNECT leaves its will, also where it said %s', async (_what, said) => {
  const scene = await open()
  if (said.length > 0) scene.frozen.write(...said)
  cut()
  expect(await ending(scene)).toBe('slow_consumer')
  expect(await heard(scene)).toEqual(['dead'])
})

it('a DISCONNECT behind a breach is none', async () => {
  const scene = await open()
  scene.frozen.write(...small, connectPacket(), goodbye)
  cut()
  await ending(scene)
  expect(await heard(scene)).toEqual(['dead'])
})

it.each([
  [true, []],
  [false, ['dead']],
])('the same holds where it closes behind that (DISCONNECT: %s)', async (says, published) => {
  const scene = await open()
  scene.frozen.write(...small, ...(says ? [goodbye] : []))
  await once(scene.frozen.stream.end(), 'finish')
  cut()
  await ending(scene)
  expect(await heard(scene)).toEqual(published)
})

it.each([
  [true, []],
  [false, ['dead']],
])('and where another connection takes its place (DISCONNECT: %s)', async (says, published) => {
  const scene = await open()
  scene.frozen.write(...small, ...(says ? [goodbye] : []))
  await vi.waitUntil(() => scene.frozen.stream.writableLength === 0, patient)
  // What it said is read before the newer CONNECT is.
  await enterAs(scene.port, undefined, { clientId: 'frozen' })
  expect(await ending(scene)).toBe('taken_over')
  expect(await heard(scene)).toEqual(published)
})
