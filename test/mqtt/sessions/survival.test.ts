// Whatever happens between a message and its acknowledgement (connections that end, a server that is killed or loses power, a full disk),
// what was acknowledged to its publisher arrives, in order, QoS 2 once, and leaves nothing behind.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Session, SessionWriter } from '../../../src/mqtt/sessions/session.ts'
import { createModelClient, type ModelClient } from '../../support/model-client.ts'
import { type MemoryRows, memoryRows } from '../../support/mqtt-memory-rows.ts'
import { createMqttSessionsFixture, failWrites, type MqttSessionsFixture } from '../../support/mqtt-sessions-fixture.ts'

type Step =
  | { readonly kind: 'publish'; readonly topic: 'a' | 'b'; readonly qos: 1 | 2 }
  | { readonly kind: 'receive' | 'disconnect' | 'connect'; readonly who: number }
  | { readonly kind: 'answer'; readonly who: number; readonly count: number }
  | { readonly kind: 'tick' | 'settle' | 'fill' | 'free' | 'sweep' | 'kill' | 'power' }

const who = fc.integer({ min: 0, max: 1 })
const one = (weight: number, arbitrary: fc.Arbitrary<Step>) => ({ weight, arbitrary })
const step: fc.Arbitrary<Step> = fc.oneof(
  one(8, fc.record({ kind: fc.constant('publish'), topic: fc.constantFrom('a', 'b'), qos: fc.constantFrom(1, 2) })),
  one(6, fc.record({ kind: fc.constant('receive'), who })),
  one(6, fc.record({ kind: fc.constant('answer'), who, count: fc.integer({ min: 1, max: 4 }) })),
  one(2, fc.record({ kind: fc.constantFrom('disconnect', 'connect'), who })),
  one(6, fc.constantFrom<Step>({ kind: 'tick' }, { kind: 'settle' })),
  one(2, fc.constantFrom<Step>({ kind: 'fill' }, { kind: 'free' }, { kind: 'sweep' })),
  one(1, fc.constantFrom<Step>({ kind: 'kill' }, { kind: 'power' })),
)

/** A subscriber with a stored session. */
interface Subscriber {
  readonly id: string
  readonly filter: string
  readonly qos: 1 | 2
  readonly client: ModelClient
  /** Texts in the order in which they first arrived, with how often they arrived. */
  readonly got: Map<string, number>
  /** Texts whose last acknowledgement the server received, and that must not arrive again. */
  done: Set<string>
  /** Those of them that a killed server must remember. */
  firm: Set<string>
  session: Session | null
  writer: SessionWriter | null
}

const createSubscriber = (id: string, filter: string, qos: 1 | 2): Subscriber => {
  const got = new Map<string, number>()
  const subscriber: Subscriber = {
    id,
    filter,
    qos,
    got,
    done: new Set(),
    firm: new Set(),
    session: null,
    writer: null,
    client: createModelClient((text) => {
      expect(subscriber.done.has(text), `${text} came to ${id} after its acknowledgement`).toBe(false)
      got.set(text, (got.get(text) ?? 0) + 1)
    }),
  }
  return subscriber
}

interface Sent {
  readonly text: string
  readonly topic: 'a' | 'b'
  readonly qos: 1 | 2
  outcome: 'none' | 'acknowledged' | 'failed'
}

const createWorld = async (window: number) => {
  let disk: MemoryRows = memoryRows()
  let free = (): void => undefined
  let fixture: MqttSessionsFixture = await createMqttSessionsFixture(disk, { inflight: window })
  const subscribers = [createSubscriber('all', '#', 2), createSubscriber('some', 'a', 1)]
  const sent: Sent[] = []

  const connect = async (subscriber: Subscriber): Promise<void> => {
    disconnect(subscriber)
    await fixture.sessions.resume(subscriber.id)
    subscriber.writer = subscriber.client.connect()
    subscriber.session = fixture.sessions.attach(subscriber.id, false, subscriber.writer)
  }

  const disconnect = (subscriber: Subscriber): void => {
    subscriber.client.disconnect()
    if (subscriber.session !== null && subscriber.writer !== null) fixture.sessions.detach(subscriber.session, subscriber.writer)
    subscriber.session = null
  }

  const publish = (topic: 'a' | 'b', qos: 1 | 2): void => {
    const message: Sent = { text: `${topic}${sent.length}`, topic, qos, outcome: 'none' }
    sent.push(message)
    const run = disk
    // What a run sends after its end is ignored.
    const end = (outcome: Sent['outcome']) => (): void => {
      if (run === disk) message.outcome = outcome
    }
    fixture.publish(topic, message.text, qos).then(end('acknowledged'), end('failed'))
  }

  const answer = ({ client, session, done }: Subscriber, count: number): void => {
    for (let left = count; left > 0 && session !== null; left--) {
      const next = client.answer()
      if (next === undefined) return
      const [cmd, id, text] = next
      fixture.ack(session, cmd, id)
      if (cmd !== 'pubrec' && text !== '') done.add(text)
    }
  }

  const settle = async (): Promise<void> => {
    await fixture.settled()
    const nothingOwed = fixture.sessions.journal.retry()
    await fixture.settled()
    if (nothingOwed) for (const subscriber of subscribers) subscriber.firm = new Set(subscriber.done)
  }

  const restart = async (end: 'kill' | 'power'): Promise<void> => {
    disk = disk.after(end)
    fixture = await createMqttSessionsFixture(disk, { inflight: window })
    for (const subscriber of subscribers) {
      subscriber.client.disconnect()
      subscriber.session = null
      subscriber.done = end === 'kill' ? new Set(subscriber.firm) : new Set()
      subscriber.firm = new Set(subscriber.done)
    }
  }

  const run = async (each: Step): Promise<void> => {
    const subscriber = 'who' in each ? subscribers[each.who] : undefined
    if (each.kind === 'publish') publish(each.topic, each.qos)
    else if (each.kind === 'tick') await Promise.resolve()
    else if (each.kind === 'settle') await settle()
    else if (each.kind === 'fill') free = failWrites(disk)
    else if (each.kind === 'free') free()
    else if (each.kind === 'sweep') fixture.sessions.sweep()
    else if (each.kind === 'kill' || each.kind === 'power') await restart(each.kind)
    else if (subscriber === undefined) return
    else if (each.kind === 'receive') subscriber.client.receive()
    else if (each.kind === 'answer') answer(subscriber, each.count)
    else if (each.kind === 'connect') await connect(subscriber)
    else disconnect(subscriber)
  }

  /** Everything works again, and all clients read and answer until nothing more is sent. */
  const finish = async (): Promise<void> => {
    free()
    await settle()
    await settle()
    for (const subscriber of subscribers) await connect(subscriber)
    for (let quiet = 0; quiet < 3; quiet++) {
      for (const subscriber of subscribers) {
        subscriber.client.receive()
        if (!subscriber.client.idle) quiet = 0
        answer(subscriber, Infinity)
      }
      await settle()
    }
  }

  for (const subscriber of subscribers) {
    await connect(subscriber)
    if (subscriber.session !== null) await fixture.subscribe(subscriber.session, subscriber.filter, subscriber.qos)
  }
  return {
    subscribers,
    sent,
    run,
    finish,
    values: () => disk.values,
    discard: async () => {
      for (const { id } of subscribers) await fixture.sessions.discard(id)
      await fixture.settled()
    },
    totals: () => fixture.sessions.pool.totals,
  }
}

test('every acknowledged message arrives, in order, QoS 2 once, and leaves nothing behind', { timeout: 30_000 }, async () => {
  const check = async (window: number, steps: readonly Step[]): Promise<void> => {
    const world = await createWorld(window)
    for (const each of steps) await world.run(each)
    await world.finish()
    for (const { id, filter, qos, got } of world.subscribers) {
      const heard = world.sent.filter(({ topic }) => filter === '#' || topic === filter)
      for (const { text, outcome, qos: published } of heard) {
        if (outcome === 'acknowledged') expect(got.has(text), `${text} for ${id}`).toBe(true)
        if (outcome === 'failed') expect(got.has(text), `${text}, which failed, for ${id}`).toBe(false)
        if (qos === 2 && published === 2) expect(got.get(text) ?? 1, `times that ${text} came to ${id}`).toBe(1)
      }
      expect([...got.keys()], `the order for ${id}`).toEqual(heard.map(({ text }) => text).filter((text) => got.has(text)))
    }
    await world.discard()
    expect([...world.values().keys()]).toEqual([])
    expect(world.totals()).toEqual({ count: 0, bytes: 0 })
  }
  await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 120, size: 'max' }), check), {
    numRuns: 250,
  })
})
