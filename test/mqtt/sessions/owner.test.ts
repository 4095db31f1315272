import { describe, expect, test } from 'vitest'
import { type Identity, identify, isRefusal, ownerName, sessionId } from '../../../src/mqtt/entry/identity.ts'
import { createTally, ownerOf } from '../../../src/mqtt/sessions/owner.ts'
import { keys, ops, readRow } from '../../../src/mqtt/sessions/rows.ts'

const identities: readonly Identity[] = ['dn&pk', 'a b|c&产品', 'erp', 'a/b', undefined].flatMap((username) => {
  const identity = identify('c', username, (name) => name === 'erp' || name === 'a/b')
  return isRefusal(identity) ? [] : [identity]
})

test.each(['c', 'a/b/c', '/', 'device/x/y/z'])('the owner of a session is the identity before its client id %j', (clientId) => {
  expect(identities).toHaveLength(5)
  for (const identity of identities) expect(ownerOf(sessionId(identity, clientId))).toBe(ownerName(identity))
})

test('a session whose id was made up, or is of another form, is its own owner', () => {
  for (const id of ['aedes_123', 'device/pk', 'constructor/x', '']) expect(ownerOf(id)).toBe(id)
})

test('a tally forgets who has nothing any more', () => {
  const tally = createTally()
  tally.add('a', 5)
  tally.add('b', 7)
  tally.add('b', -7)
  expect([tally.of('a'), tally.of('b'), tally.most()]).toEqual([5, 0, 'a: 5 bytes'])
})

describe('the row of a retained message', () => {
  const message = { seq: 0, topic: 't', payload: Buffer.from('text'), time: 5, qos: 1 } as const
  test.each([{}, { owner: 'device/pk/设备' }])('is read as it was written, with or without an owner', (owned) => {
    const op = ops.putRetained({ ...message, ...owned })
    expect(op.type === 'put' && readRow(keys.retained('t'), op.value)).toEqual({ kind: 'retained', retained: { ...message, ...owned } })
  })
})
