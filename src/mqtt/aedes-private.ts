// What only private members of Aedes give, in one place. Proved on aedes 1.2.0: test/mqtt/aedes-private.test.ts fails when
// that changes. Knows nothing of devices.

/** The version that all of this was proved on. */
export const provedOn = '1.2.0'

/** The engine numbers its own packets 1..lastEngineId on each connection; what is above is for packets that we write ourselves. */
export const lastEngineId = 0xbfff
export const lastMessageId = 0xffff

/**
 * Keeps the engine's packet ids of this client at or below `lastEngineId`, in this session and in what it stores of it, so that a
 * PUBACK of ours can never clear a packet of the engine's (`client._nextId`, lib/qos-packet.js).
 */
export const reserveMessageIds = (client: object): void => {
  const first: unknown = Reflect.get(client, '_nextId')
  let next = typeof first === 'number' ? (first % lastEngineId) + 1 : 1
  Object.defineProperty(client, '_nextId', {
    configurable: true,
    enumerable: true,
    get: () => next,
    set: (value: number) => {
      next = value > lastEngineId ? 1 : value
    },
  })
}

interface Member {
  readonly id: string
  readonly closed: boolean
}

interface Roll {
  readonly clients: { readonly [id: string]: Member | undefined }
  registerClient(client: Member): void
  _finishRegisterClient(client: Member): void
  unregisterClient(client: Member): void
}

/**
 * Mends the engine's roll of clients (aedes.js): one that closed while its CONNECT was still under way is neither put on the roll
 * for ever nor throws its successor out, and one that leaves takes nobody's place off the roll but its own.
 */
export const mendRoll = (engine: object): void => {
  const roll = engine as Roll
  const register = roll.registerClient.bind(roll)
  const finishRegister = roll._finishRegisterClient.bind(roll)
  const unregister = roll.unregisterClient.bind(roll)
  roll.registerClient = (client) => {
    if (!client.closed) register(client)
  }
  roll._finishRegisterClient = (client) => {
    if (!client.closed) finishRegister(client)
  }
  roll.unregisterClient = (client) => {
    if (roll.clients[client.id] === client) unregister(client)
  }
}

type Done = (error?: Error | null) => void
interface Publisher {
  publish(packet: object, client: unknown, done?: Done): void
}

const unpublished = Symbol('unpublished')

/** Marks a packet: the engine acknowledges it and publishes it to nobody. A mark and no WeakSet, which the collector would feel at every report. */
export const keepUnpublished = (packet: object): void => {
  const marked: { [unpublished]?: true } = packet
  marked[unpublished] = true
}

/**
 * Makes the mark hold: the engine calls `broker.publish` with the very packet that `authorizePublish` saw (lib/handlers/publish.js),
 * so those that are marked end there. Wills come the same way.
 */
export const dropPublishes = (engine: object): void => {
  const publisher = engine as Publisher
  const publish = publisher.publish.bind(publisher)
  publisher.publish = (packet, client, done) => {
    if (!(unpublished in packet)) return publish(packet, client, done)
    const callback = typeof client === 'function' ? (client as Done) : done
    callback?.(null)
  }
}
