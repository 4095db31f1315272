// Arbitrary valid packets as mqtt-packet writes them, with the expected result of a reader; and bytes that are almost valid.

import fc from 'fast-check'
import { generate } from 'mqtt-packet'
import { connect } from './mqtt-reader-fixture.ts'

const id = fc.integer({ min: 1, max: 65_535 })
const qos = fc.constantFrom(0 as const, 1 as const, 2 as const)
const payload = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))
const words = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll('\0', '·'))
const topic = fc.oneof(
  fc.constantFrom('a/b', 'a/c', 'dev1/up', 'dev2/up'),
  words.map((text) => text.replaceAll(/[+#]/g, '·') || 'x'),
)
const filter = fc
  .array(fc.oneof(topic, fc.constant('+')), { minLength: 1, maxLength: 3 })
  .chain((levels) => fc.constantFrom(levels.join('/'), [...levels, '#'].join('/')))

const connects = fc.record({
  cmd: fc.constant('connect' as const),
  protocol: fc.constantFrom({ protocolId: 'MQTT', protocolVersion: 4 } as const, { protocolId: 'MQIsdp', protocolVersion: 3 } as const),
  clientId: words.map((text) => `c${text}`),
  clean: fc.boolean(),
  keepalive: fc.integer({ min: 0, max: 65_535 }),
  will: fc.option(fc.record({ topic, payload, qos, retain: fc.boolean() }), { nil: undefined }),
  login: fc.option(
    fc.record({
      username: words.map((text) => `u${text}`),
      // mqtt-packet omits what is empty.
      password: fc.option(
        payload.map((bytes) => Buffer.concat([bytes, Buffer.of(7)])),
        { nil: undefined },
      ),
    }),
    { nil: undefined },
  ),
})

const publishes = fc.record({ cmd: fc.constant('publish' as const), topic, payload, qos, retain: fc.boolean(), dup: fc.boolean(), id })
const acks = fc.record({ cmd: fc.constantFrom('puback' as const, 'pubrec' as const, 'pubrel' as const, 'pubcomp' as const), id })
const subscribes = fc.record({
  cmd: fc.constant('subscribe' as const),
  id,
  filters: fc.array(fc.record({ filter, qos }), { minLength: 1, maxLength: 5 }),
})
const unsubscribes = fc.record({ cmd: fc.constant('unsubscribe' as const), id, filters: fc.array(filter, { minLength: 1, maxLength: 5 }) })
const bares = fc.record({ cmd: fc.constantFrom('pingreq' as const, 'disconnect' as const) })
const packets = fc.oneof({ weight: 4, arbitrary: publishes }, acks, subscribes, unsubscribes, bares)

type Sent = typeof packets extends fc.Arbitrary<infer P> ? P : never
type SentConnect = typeof connects extends fc.Arbitrary<infer P> ? P : never

const connectBytes = ({ cmd, protocol, clientId, clean, keepalive, will, login }: SentConnect): Buffer =>
  generate({
    cmd,
    ...protocol,
    clientId,
    clean,
    keepalive,
    ...(will === undefined ? {} : { will }),
    ...(login === undefined ? {} : { username: login.username, ...(login.password === undefined ? {} : { password: login.password }) }),
  })

const packetBytes = (sent: Sent): Buffer => {
  switch (sent.cmd) {
    case 'publish':
      return generate({ ...sent, dup: sent.dup && sent.qos > 0, messageId: sent.id })
    case 'subscribe':
      return generate({ cmd: sent.cmd, messageId: sent.id, subscriptions: sent.filters.map(({ filter, qos }) => ({ topic: filter, qos })) })
    case 'unsubscribe':
      return generate({ cmd: sent.cmd, messageId: sent.id, unsubscriptions: [...sent.filters] })
    case 'pingreq':
    case 'disconnect':
      return generate({ cmd: sent.cmd })
    default:
      return generate({ cmd: sent.cmd, messageId: sent.id })
  }
}

const expected = (sent: Sent): object =>
  sent.cmd === 'publish' ? { ...sent, dup: sent.dup && sent.qos > 0, id: sent.qos === 0 ? 0 : sent.id } : sent

const expectedConnect = (sent: SentConnect): object => ({
  cmd: 'connect',
  level: sent.protocol.protocolVersion,
  clientId: sent.clientId,
  clean: sent.clean,
  keepalive: sent.keepalive,
  will: sent.will ?? null,
  username: sent.login?.username ?? null,
  password: sent.login?.password ?? null,
})

/** A CONNECT and packets after it. */
export const streams = fc.tuple(connects, fc.array(packets, { maxLength: 12 })).map(([first, others]) => {
  const parts = [connectBytes(first), ...others.map(packetBytes)]
  const wanted = [expectedConnect(first), ...others.map(expected)]
  return { bytes: Buffer.concat(parts), wanted }
})

/** Bytes that are almost valid: a stream with a few bytes changed, removed or inserted, or random bytes, with or without a CONNECT before. */
export const spoilt = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        streams,
        fc.array(
          fc.tuple(
            fc.double({ min: 0, max: 1, noNaN: true }),
            fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 1, 2, 128)),
            fc.nat(2),
          ),
          { maxLength: 3 },
        ),
      )
      .map(([{ bytes }, changes]) => {
        const all = [...bytes]
        for (const [place, byte, how] of changes)
          all.splice(Math.floor(place * all.length), how === 0 ? 0 : 1, ...(how === 2 ? [] : [byte]))
        return Buffer.from(all)
      }),
  },
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.concat([connect, bytes])),
)
