// Everything that uses private members of Aedes. Verified with aedes 1.2.0: test/mqtt/aedes-private.test.ts fails when they change.
// Knows nothing of devices.

/** The version that all of this was verified with. */
export const verifiedWith = '1.2.0'

/** What Aedes calls of a client in its list. */
interface Member {
  readonly id: string
  readonly closed: boolean
  close(done: () => void): void
}

interface Engine {
  readonly clients: { readonly [id: string]: Member | undefined }
  registerClient(client: Member): void
  _finishRegisterClient(client: Member): void
  unregisterClient(client: Member): void
}

/**
 * The engine's list of clients (aedes.js), with three rules added: a client that is closed already is not listed, so it neither stays there for
 * good nor disconnects its successor; of two newer ones that wait for the end of the same older one, the second ends the first; and a client that
 * leaves removes no entry but its own.
 */
export const listOf = (engine: object): { register(client: Member): void; unregister(client: Member): void } => {
  const list = engine as Engine
  const finish = list._finishRegisterClient.bind(list)
  // Called when the older client of the same id has been closed. Another newer one may have been listed meanwhile.
  list._finishRegisterClient = (client) => {
    const other = list.clients[client.id]
    if (client.closed || other === client) return
    if (other === undefined || other.closed) finish(client)
    else list.registerClient(client)
  }
  return {
    register(client) {
      if (!client.closed) list.registerClient(client)
    },
    unregister(client) {
      if (list.clients[client.id] === client) list.unregisterClient(client)
    },
  }
}

interface Publisher {
  publish(packet: object, client: unknown, done?: () => void): void
}

/** The engine has no subscribers: drops what it would publish (`broker.publish`, aedes.js), its own messages below `$SYS/`. */
export const dropPublishes = (engine: object): void => {
  const publisher = engine as Publisher
  publisher.publish = (_packet, client, done) => {
    const then = typeof client === 'function' ? (client as () => void) : done
    then?.()
  }
}
