// CONNECT of MQTT 3.1.1 and 3.1: every rule by which it is refused, each with its clause, and what is accepted.

import { describe, expect, test } from 'vitest'
import { field, frame } from '../../support/mqtt-frames.ts'
import { connectOf, faultOf, nul, type Row, read, surrogate } from '../../support/mqtt-reader-fixture.ts'

const connectRows: readonly Row[] = [
  ['its reserved flag', connectOf(3, [field('x')]), 'bad_connect_flags', 'MQTT-3.1.2-3'],
  ["a will's QoS and no will", connectOf(2 | 8, [field('x')]), 'bad_connect_flags', 'MQTT-3.1.2-13'],
  ["a will's retain flag and no will", connectOf(2 | 32, [field('x')]), 'bad_connect_flags', 'MQTT-3.1.2-15'],
  ['a will of QoS 3', connectOf(2 | 4 | 24, [field('x'), field('w'), field('')]), 'bad_connect_flags', 'MQTT-3.1.2-14'],
  ['a password and no user name', connectOf(2 | 64, [field('x'), field('p')]), 'bad_connect_flags', 'MQTT-3.1.2-22'],
  ['no client id', connectOf(2, []), 'bad_length', 'MQTT-3.1.3-3'],
  ['no topic of its will', connectOf(2 | 4, [field('x')]), 'bad_length', 'MQTT-3.1.2-9'],
  ['no message of its will', connectOf(2 | 4, [field('x'), field('w')]), 'bad_length', 'MQTT-3.1.2-9'],
  ['no user name', connectOf(2 | 128, [field('x')]), 'bad_length', 'MQTT-3.1.2-19'],
  ['no password', connectOf(2 | 128 | 64, [field('x'), field('u')]), 'bad_length', 'MQTT-3.1.2-21'],
  ['a user name that was not announced', connectOf(2, [field('x'), field('u')]), 'bad_length', 'MQTT-4.8.0-1'],
  ['one byte too many', connectOf(2, [field('x'), [0]]), 'bad_length', 'MQTT-4.8.0-1'],
  ['a client id that runs past it', connectOf(2, [[0, 9], 'x']), 'bad_length', 'MQTT-3.1.3-3'],
  ['no level', frame(0x10, field('MQTT')), 'bad_length', 'MQTT-4.8.0-1'],
  ['no flags', frame(0x10, field('MQTT'), [4]), 'bad_length', 'MQTT-4.8.0-1'],
  ['half a keep-alive', frame(0x10, field('MQTT'), [4, 2, 0]), 'bad_length', 'MQTT-4.8.0-1'],
  ['no body', frame(0x10), 'bad_length', 'MQTT-4.8.0-1'],
  ['another protocol', connectOf(2, [field('x')], { name: 'MQTX' }), 'bad_protocol', 'MQTT-3.1.2-1'],
  ['a protocol in small letters', connectOf(2, [field('x')], { name: 'mqtt' }), 'bad_protocol', 'MQTT-3.1.2-1'],
  ['no protocol', connectOf(2, [field('x')], { name: '' }), 'bad_protocol', 'MQTT-3.1.2-1'],
  ['a client id that is no UTF-8', connectOf(2, [field(surrogate)]), 'bad_utf8', 'MQTT-1.5.3-1'],
  ['U+0000 in the client id', connectOf(2, [field(nul)]), 'nul_in_string', 'MQTT-1.5.3-2'],
  ["a will's topic that is no UTF-8", connectOf(2 | 4, [field('x'), field(surrogate), field('')]), 'bad_utf8', 'MQTT-1.5.3-1'],
  ["U+0000 in its will's topic", connectOf(2 | 4, [field('x'), field(nul), field('')]), 'nul_in_string', 'MQTT-1.5.3-2'],
  ['a user name that is no UTF-8', connectOf(2 | 128, [field('x'), field(surrogate)]), 'bad_utf8', 'MQTT-1.5.3-1'],
  ['U+0000 in the user name', connectOf(2 | 128, [field('x'), field(nul)]), 'nul_in_string', 'MQTT-1.5.3-2'],
]

describe('a CONNECT', () => {
  test.each(connectRows)('with %s is refused', (_name, bytes, reason, clause) => {
    expect(faultOf(read([bytes]).fault)).toEqual({ reason, clause, returnCode: null })
  })

  test.each([
    ['MQTT', 3],
    ['MQTT', 5],
    ['MQTT', 6],
    ['MQTT', 0],
    ['MQTT', 0x84],
    ['MQIsdp', 4],
    ['MQIsdp', 0x83],
  ])('of %s level %i gets an answer, whatever follows the level', (name, level) => {
    const { fault } = read([frame(0x10, field(name), [level, 0xff])])
    expect(faultOf(fault)).toEqual({ reason: 'bad_protocol', clause: 'MQTT-3.1.2-2', returnCode: 1 })
  })

  test('that requests MQTT 5 is reported with a remedy', () => {
    const { fault } = read([connectOf(2, [[5, 0x11, 0, 0, 0, 9], field('x')], { level: 5 })])
    expect(fault?.message).toBe('requested MQTT 5, which is not supported; set the client to MQTT 3.1.1')
    expect(fault?.text).toBe(fault?.message)
  })

  test('is read with all its fields', () => {
    const bytes = connectOf(2 | 4 | 16 | 32 | 64 | 128, ['dev1', 'a/b', 'gone', 'ü', [0, 255]].map(field))
    expect(read([bytes]).packets).toEqual([
      {
        cmd: 'connect',
        level: 4,
        clientId: 'dev1',
        clean: true,
        keepalive: 60,
        will: { topic: 'a/b', payload: Buffer.from('gone'), qos: 2, retain: true },
        username: 'ü',
        password: Buffer.from([0, 255]),
      },
    ])
  })

  test('without a will, user name and password has null for them, and may have an empty client id', () => {
    expect(read([connectOf(0, [field('')])]).packets).toMatchObject([
      { clientId: '', clean: false, will: null, username: null, password: null },
    ])
  })

  test('may have an empty user name and password, which is not the same as none', () => {
    const empty = { username: '', password: Buffer.alloc(0) }
    expect(read([connectOf(2 | 64 | 128, ['x', '', ''].map(field))]).packets).toMatchObject([empty])
  })

  test.each(['', 'a/#', '+', '$SYS/x'])('may have a will on %j: that is not checked here', (topic) => {
    expect(read([connectOf(2 | 4, [field('x'), field(topic), field('')])]).packets).toMatchObject([{ will: { topic } }])
  })

  test('of MQTT 3.1 may have the flags of a user name and a password that are missing', () => {
    const old = { name: 'MQIsdp', level: 3 }
    const none = { level: 3, username: null, password: null }
    expect(read([connectOf(2 | 128 | 64, [field('x')], old)]).packets).toMatchObject([none])
    expect(read([connectOf(2 | 128 | 64, [field('x'), field('u')], old)]).packets).toMatchObject([{ ...none, username: 'u' }])
  })

  test('of MQTT 3.1 may have flags without a meaning there, but no will of QoS 3 and no password without a user name', () => {
    const old = { name: 'MQIsdp', level: 3 }
    expect(read([connectOf(2 | 1 | 8 | 32, [field('x')], old)]).packets).toMatchObject([{ will: null }])
    expect(read([connectOf(2 | 4 | 24, [field('x'), field('w'), field('')], old)]).fault?.clause).toBe('MQTT-3.1.2-14')
    expect(read([connectOf(2 | 64, [field('x'), field('p')], old)]).fault?.clause).toBe('MQTT-3.1.2-22')
  })

  test('must come first', () => {
    const refused = [frame(0xc0), frame(0x30, field('a')), frame(0x20, [0, 0]), Buffer.from('GET / HTTP/1.1\r\n')].map((bytes) =>
      faultOf(read([bytes]).fault),
    )
    expect(refused).toEqual(Array.from({ length: 4 }, () => ({ reason: 'not_connect', clause: 'MQTT-3.1.0-1', returnCode: null })))
  })
})
