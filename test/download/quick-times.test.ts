// How long a plain connection may be quiet, on a clock that the test moves; and which answers take a place.

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { BareOwner, BareSocket } from '../../src/download/bare-socket.ts'
import { createByteCount } from '../../src/download/byte-count.ts'
import { createImageHead } from '../../src/download/image-head.ts'
import { createQuickConnections } from '../../src/download/quick-connection.ts'
import { signedPath } from '../../src/download/signed-url.ts'
import { createTransferSlots, type TransferParts } from '../../src/download/transfer-slots.ts'
import { imageOf, sha256Of } from '../support/image-samples.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const bytes = imageOf(1_000_000)
const grant = { task: 1, sha256: sha256Of(bytes), size: bytes.length, gone: false, until: null, bytes: 0, path: '', digests: '' }
const nothing = (): undefined => undefined

/** A connection whose system accepts what `accepts` says at once. */
const connect = (accepts: () => boolean) => {
  const did: string[] = []
  const places: number[] = []
  let unsent = 0
  let owner: BareOwner | undefined
  const now = (): number => performance.now()
  const slots = createTransferSlots({ max: 1, idleMs: 1e9, now, changed: nothing, turnedAway: nothing })
  const quick = createQuickConnections({
    key: 'k',
    grants: { get: () => Promise.resolve(grant), known: () => grant, forget: nothing },
    images: { open: () => Promise.reject(new Error('not needed')), whole: () => ({ bytes, held: { users: 0 } }) },
    slots: {
      ...slots,
      begin: (parts: TransferParts) => {
        places.push(parts.task)
        return slots.begin(parts)
      },
    },
    byteCount: createByteCount({ now, changed: nothing, dropped: nothing, limit: 10, everyMs: 1 }),
    head: createImageHead(75_000, now),
    bounds: { left: () => did.push('left'), proven: nothing, asked: nothing, answered: nothing },
    counted: (status) => did.push(`counted ${status}`),
    quietMs: 1_000,
    now,
    monotonic: now,
  })
  const write = (...pieces: readonly Buffer[]): boolean => {
    did.push(`wrote ${pieces[0]?.toString('latin1', 0, 12)}`)
    return accepts()
  }
  const socket: BareSocket & { destroyed: boolean } = {
    remoteAddress: '',
    destroyed: false,
    open: (mine) => {
      owner = mine
    },
    write,
    writeBoth: write,
    unsent: () => unsent,
    keepAlive: () => did.push('kept alive'),
    pause: nothing,
    resume: nothing,
    end: () => did.push('ended'),
    destroy: () => {
      if (socket.destroyed) return
      socket.destroyed = true
      did.push('destroyed')
      queueMicrotask(() => owner?.closed())
    },
    pass: () => did.push('passed'),
  }
  quick.take(socket)
  return {
    did,
    places,
    slots,
    shut: quick.shut,
    ask: (...lines: readonly string[]) =>
      owner?.received(Buffer.from([`GET ${signedPath('k', 1, grant.sha256)} HTTP/1.1`, ...lines, '', ''].join('\r\n'))),
    accepted: () => owner?.wrote(),
    moves: (left: number) => {
      unsent = left
    },
  }
}

const pass = (seconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(seconds * 1_000)
const ten = 'Range: bytes=0-9'

test('a client that asks for nothing is answered so after 30 s, and cut off if it does not leave', async () => {
  const { did } = connect(() => true)
  await pass(28)
  expect(did).toEqual([])
  await pass(4)
  expect(did).toEqual(['wrote HTTP/1.1 408', 'ended'])
  await pass(62)
  expect(did.slice(2)).toEqual(['destroyed', 'left'])
})

test('between two requests a client has 75 s', async () => {
  const { did, ask } = connect(() => true)
  ask(ten)
  await pass(70)
  ask(ten)
  await pass(70)
  expect(did).toEqual(['wrote HTTP/1.1 206', 'counted 206', 'wrote HTTP/1.1 206', 'counted 206'])
  await pass(10)
  expect(did.slice(4)).toEqual(['destroyed', 'left'])
})

test('a client that accepts nothing for 15 minutes is gone, one that accepts a little is not', async () => {
  const { did, ask, moves } = connect(() => false)
  ask()
  for (let left = 30; left > 0; left -= 1) {
    moves(left)
    await pass(600)
  }
  expect(did).toEqual(['wrote HTTP/1.1 200'])
  await pass(310)
  expect(did.slice(1)).toEqual(['destroyed', 'left', 'counted 200'])
})

test('an answer that is accepted at once takes no place, one that is not has it until its end', async () => {
  let accepts = true
  const { places, slots, ask, accepted, did } = connect(() => accepts)
  ask()
  expect([places, did.filter((each) => each.startsWith('wrote')).length]).toEqual([[], 6])
  accepts = false
  ask(ten)
  expect([places, slots.active()]).toEqual([[1], 1])
  accepted()
  expect([slots.active(), did.at(-1)]).toEqual([0, 'counted 206'])
})

test('one that has lost its place waits for another without a time-out', async () => {
  const { slots, ask, accepted, did } = connect(() => false)
  ask()
  const other = slots.begin({ task: 1, left: new AbortController().signal, unsent: () => 0, superseded: nothing, cut: nothing })
  expect(other.hold()).toBe(true)
  accepted()
  await pass(5_000)
  expect(did).toEqual(['wrote HTTP/1.1 200', 'kept alive'])
  other.leave()
  await pass(1)
  expect(did.length).toBe(3)
})

test('a server that stops waits for the answer under way', async () => {
  const { ask, accepted, shut, did } = connect(() => false)
  ask(ten)
  let isShut = false
  void shut(2_000).then(() => {
    isShut = true
  })
  await pass(1)
  expect(isShut).toBe(false)
  accepted()
  expect(did.slice(1)).toEqual(['counted 206', 'ended'])
  await pass(2)
  expect([isShut, did.at(-1)]).toEqual([true, 'left'])
})
