// The session store with the interface of aedes-persistence's contract, for tests only. Every query is read from the rows on disk, as a
// new start of the server would; nothing is remembered here except
// - which client and broker a will belongs to: a will's row has a number, since it belongs to a connection;
// - the constants of MQTT 3.1.1 that packets and subscriptions of the contract carry: rh, rap, nl, dup, the one broker's id.
// A message's `brokerCounter` is its position in the order of messages, as in its row.

import { Readable } from 'node:stream'
import { acknowledge } from '../../../dist/mqtt/sessions/delivery.js'
import { createTally } from '../../../dist/mqtt/sessions/owner.js'
import { createRetainedMessages } from '../../../dist/mqtt/sessions/retained.js'
import { createRouter, sendReserved } from '../../../dist/mqtt/sessions/router.js'
import { ops } from '../../../dist/mqtt/sessions/rows.js'
import { entryOp, reserve } from '../../../dist/mqtt/sessions/session.js'
import { loadSessions } from '../../../dist/mqtt/sessions/session-load.js'
import { createSessions } from '../../../dist/mqtt/sessions/sessions.js'
import { createWills } from '../../../dist/mqtt/sessions/wills.js'
import { createFilterTree } from '../../../dist/mqtt/topics/filter-tree.js'
import { matches } from '../../../dist/mqtt/wire/filter.js'

const now = () => Date.now()
const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }
const bounds = () => ({
  inflight: 1000,
  maxMessages: 40_000,
  maxBytes: 1e9,
  maxTotalBytes: 1e9,
  share: 1,
  perDevice: 40_000,
  messageSeconds: 0,
  sessionSeconds: 0,
})
/** A writer that takes nothing: what is queued stays queued. */
const deaf = { congested: true, mayReceive: () => true, publish() {}, release() {}, overrun() {} }

/** Everything on disk. */
const read = async (rows) => {
  const pool = { bounds, now, totals: { count: 0, bytes: 0 }, owners: createTally(), dropped() {} }
  const filters = createFilterTree()
  const retained = createRetainedMessages(
    () => 1_000_000,
    () => 1,
  )
  const loaded = await loadSessions(rows, { pool, filters, retained }, now())
  if (loaded.garbage.length > 0) throw new Error(`rows that belong to no session: ${loaded.garbage.map(({ key }) => key).join()}`)
  return { ...loaded, filters, retained }
}

const written = (call) => new Promise((resolve, reject) => call(resolve, reject))

/** A stream of what `list` resolves to. */
const streamOf = (list) =>
  Readable.from(
    (async function* () {
      yield* await list()
    })(),
  )

const subscriptionOf = ([topic, qos]) => ({ topic, qos, rh: 0, rap: true, nl: false })

const packetOf = ({ message, qos, retain }, brokerId, messageId) => ({
  cmd: 'publish',
  brokerId,
  brokerCounter: message.seq,
  topic: message.topic,
  payload: message.payload,
  qos,
  retain,
  dup: false,
  messageId,
})

const retainedParts = ({ router, stored }, brokerOf) => {
  const look = (patterns) => async () => {
    const { retained } = await stored()
    const found = new Map(patterns.flatMap((pattern) => [...retained.tree.match(pattern)]))
    return Array.from(found.values(), ({ topic, payload, qos }) => ({
      cmd: 'publish',
      id: brokerOf().id,
      topic,
      payload,
      qos,
      retain: true,
    }))
  }
  return {
    storeRetained: ({ topic, payload, qos }) =>
      written((done, failed) => router.publish({ topic, payload, qos, retain: true }, [], done, failed)),
    createRetainedStream: (pattern) => streamOf(look([pattern])),
    createRetainedStreamCombi: (patterns) => streamOf(look(patterns)),
  }
}

const subscriptionParts = ({ sessions, stored, sessionOf }) => {
  const filtersOf = async (id) => (await stored()).stored.get(id)?.filters ?? new Map()
  const byTopic = async (topic) => {
    const { filters } = await stored()
    const found = Array.from(filters.match(topic).keys(), (session) =>
      [...session.filters]
        .filter(([filter, qos]) => qos > 0 && matches(filter, topic))
        .map((pair) => ({ clientId: session.id, ...subscriptionOf(pair) })),
    ).flat()
    // The contract compares lists whose order has no meaning: it has wildcards first.
    return found.sort((a, b) => Number(b.topic.includes('#')) - Number(a.topic.includes('#')))
  }
  return {
    async addSubscriptions(client, subs) {
      const session = await sessionOf(client)
      const granted = [...new Map(subs.map(({ topic, qos }) => [topic, qos]))]
      if (!(await written((done) => sessions.subscribe(session, granted, done)))) throw new Error('not stored')
    },
    async removeSubscriptions(client, topics) {
      const session = await sessionOf(client)
      await written((done) => sessions.unsubscribe(session, topics, done))
    },
    subscriptionsByClient: async ({ id }) => Array.from(await filtersOf(id), subscriptionOf),
    subscriptionsByTopic: byTopic,
    getClientList: (topic) => streamOf(async () => (await byTopic(topic)).filter((sub) => sub.topic === topic).map((sub) => sub.clientId)),
    cleanSubscriptions: ({ id }) => sessions.discard(id),
    async countOffline() {
      const all = Array.from((await stored()).stored.values(), ({ filters }) => [...filters.values()])
      return {
        subsCount: all.flat().filter((qos) => qos > 0).length,
        clientsCount: all.filter((qualities) => qualities.length > 0).length,
      }
    },
  }
}

const outgoingParts = ({ sessions, stored, sessionOf }, brokerOf) => {
  const { pool, journal } = sessions

  const enqueue = async (subs, { brokerCounter, topic, payload, qos, retain }) => {
    const message = { seq: brokerCounter, topic, payload: Buffer.from(payload), time: now(), holders: 0 }
    const places = []
    for (const { clientId } of subs) {
      const session = await sessionOf({ id: clientId })
      places.push({ session, entry: reserve(pool, session, message, qos, retain) })
    }
    const changes = [ops.putMessage(message), ...places.map(({ session, entry }) => entryOp(session, entry))]
    await written((done, failed) => sendReserved(pool, changes, places, done, failed))
  }

  /** The contract's engine chooses packet ids: the message is in flight with that id, here and in its row. */
  const send = async (session, { brokerCounter, messageId }) => {
    const entries = [...session.inflight.values(), ...session.waiting]
    const found = entries.find(({ message }) => message.seq === brokerCounter)
    if (found === undefined) return
    const sent = { ...found, id: messageId }
    const rest = entries.filter((entry) => entry !== found && session.inflight.get(entry.id) !== entry)
    session.waiting.clear()
    for (const entry of rest) session.waiting.push(entry)
    session.inflight = new Map([...session.inflight].filter(([id]) => id !== found.id)).set(messageId, sent)
    await written((done, failed) => journal.write([entryOp(session, sent), ops.putSent(session.number, brokerCounter)], done, failed))
  }

  return {
    outgoingEnqueue: (sub, packet) => enqueue([sub], packet),
    outgoingEnqueueCombi: enqueue,
    async outgoingUpdate(client, packet) {
      const session = await sessionOf(client)
      if (packet.cmd === 'pubrel') acknowledge(pool, session, 'pubrec', packet.messageId)
      else await send(session, packet)
      await journal.settled()
    },
    async outgoingClearMessageId(client, { messageId }) {
      const session = await sessionOf(client)
      const entry = session.inflight.get(messageId)
      if (entry === undefined) return undefined
      acknowledge(pool, session, entry.qos === 1 ? 'puback' : 'pubcomp', messageId)
      await journal.settled()
      return packetOf(entry, brokerOf().id, messageId)
    },
    outgoingStream: ({ id }) =>
      streamOf(async () => {
        const session = (await stored()).stored.get(id)
        if (session === undefined) return []
        const flying = Array.from(session.inflight.values(), (entry) =>
          entry.released ? { cmd: 'pubrel', messageId: entry.id } : packetOf(entry, brokerOf().id, entry.id),
        )
        return [...flying, ...Array.from(session.waiting, (entry) => packetOf(entry, brokerOf().id, undefined))]
      }),
  }
}

const incomingParts = ({ sessions, stored, sessionOf }) => ({
  async incomingStorePacket(client, { messageId }) {
    const session = await sessionOf(client)
    session.incoming = new Set([...session.incoming, messageId])
    await written((done, failed) => sessions.journal.write([ops.putIncoming(session.number, messageId)], done, failed))
  },
  async incomingGetPacket({ id }, { messageId }) {
    if (!(await stored()).stored.get(id)?.incoming.has(messageId)) throw new Error('no such packet')
    return { messageId }
  },
  // A session ends as a whole.
  cleanIncoming: ({ id }) => sessions.discard(id),
})

const willParts = ({ wills, stored }, brokerOf) => {
  /** The client whose will has that number. */
  const owners = new Map()
  const all = async () => (await stored()).wills.map(({ number, will }) => ({ ...owners.get(number), will }))
  const willOf = async (client) => (await all()).find((each) => each.client === client)?.will
  return {
    async putWill(client, will) {
      await wills.put(client, will)
      const { number } = (await stored()).wills.at(-1)
      owners.set(number, { client, clientId: client.id, brokerId: brokerOf().id })
      return client
    },
    getWill: willOf,
    async delWill(client) {
      const will = await willOf(client)
      await written((done) => wills.drop(client, done))
      return will
    },
    streamWill: (alive = {}) =>
      streamOf(async () =>
        (await all())
          .filter(({ brokerId }) => !(brokerId in alive))
          .map(({ clientId, brokerId, will }) => ({ clientId, brokerId, ...will })),
      ),
  }
}

/** A persistence over these rows. */
export const createPersistence = async (rows) => {
  const sessions = await createSessions({
    rows,
    bounds,
    maxRetainedBytes: () => 1_000_000,
    now,
    log: silent,
    count() {},
    quotas: { reached() {} },
  })
  const router = createRouter(sessions, now)
  const wills = createWills(sessions, router, silent, () => false)
  const stored = async () => {
    await sessions.journal.settled()
    return read(rows)
  }
  const sessionOf = async ({ id }) => {
    await sessions.resume(id)
    const session = sessions.attach(id, false, deaf)
    sessions.detach(session, deaf)
    return session
  }
  const parts = { sessions, router, wills, stored, sessionOf }
  let broker
  const brokerOf = () => broker
  return {
    get broker() {
      return broker
    },
    async setup(given) {
      broker = given
    },
    ...retainedParts(parts, brokerOf),
    ...subscriptionParts(parts),
    ...outgoingParts(parts, brokerOf),
    ...incomingParts(parts),
    ...willParts(parts, brokerOf),
    destroy: () => sessions.journal.settled(),
  }
}
