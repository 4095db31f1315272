// The data of a broker that ran Aedes on aedes-persistence-level, as that package reads them. The package lists no clients, so that they
// are found by its keys; values are read by it alone. The only file that loads it, and not before it is needed.

/** What the package needs of a LevelDB, and its keys. */
export interface AedesDatabase {
  keys(range?: { readonly gte: string; readonly lt: string }): AsyncIterable<string>
}

export interface AedesSurvey {
  readonly clients: readonly string[]
  /** Runs of the broker that took what is queued, with the highest number of a message in each. */
  readonly brokers: ReadonlyMap<string, number>
  /** All keys, and those that the package did not write. */
  readonly keys: number
  readonly strangers: number
}

/** Values are as they were stored, unchecked. */
export interface AedesData {
  readonly survey: AedesSurvey
  filters(client: string): Promise<readonly unknown[]>
  /** In the order in which Aedes would send it. */
  queue(client: string): AsyncIterable<unknown>
  /** Packet ids that messages to the client were sent under. */
  sentIds(client: string): Promise<ReadonlySet<number>>
  /** Packet ids of QoS 2 messages that came from the client and are not released. */
  incoming(client: string): Promise<readonly number[]>
  retained(): AsyncIterable<unknown>
  wills(): AsyncIterable<unknown>
}

/** Kinds of rows that hold a client id, and kinds that hold none or need none. */
const ofClients = new Set(['subscriptions', 'outgoing', 'incoming'])
const others = new Set(['outgoing-id', 'retained', 'will'])

/** A client's part of a key; undefined where the package would not find it there. */
const clientIn = (part: string): string | undefined => {
  try {
    const client = decodeURIComponent(part)
    return encodeURIComponent(client) === part ? client : undefined
  } catch {
    return undefined
  }
}

/** `outgoing:CLIENT:BROKER:COUNTER`; a broker's id may hold colons. */
const noteBroker = (brokers: Map<string, number>, rest: string): void => {
  const at = rest.lastIndexOf(':')
  const broker = rest.slice(0, at)
  const counter = Number(rest.slice(at + 1))
  brokers.set(broker, Math.max(brokers.get(broker) ?? 0, Number.isSafeInteger(counter) ? counter : 0))
}

const takeSurvey = async (db: AedesDatabase): Promise<AedesSurvey> => {
  const clients = new Set<string>()
  const brokers = new Map<string, number>()
  const counts = { keys: 0, strangers: 0 }
  const take = (key: string): boolean => {
    const [kind = '', part] = key.split(':', 2)
    if (part === undefined || !ofClients.has(kind)) return part !== undefined && others.has(kind)
    const client = clientIn(part)
    if (client === undefined) return false
    clients.add(client)
    if (kind === 'outgoing') noteBroker(brokers, key.slice(kind.length + part.length + 2))
    return true
  }
  for await (const key of db.keys()) {
    counts.keys += 1
    if (!take(key)) counts.strangers += 1
  }
  return { ...counts, clients: [...clients].sort(), brokers }
}

const idsUnder = async (db: AedesDatabase, kind: string, client: string): Promise<number[]> => {
  const prefix = `${kind}:${encodeURIComponent(client)}`
  const ids: number[] = []
  for await (const key of db.keys({ gte: `${prefix}:`, lt: `${prefix};` })) {
    const id = Number(key.slice(prefix.length + 1))
    if (Number.isInteger(id) && id > 0 && id <= 0xffff) ids.push(id)
  }
  return ids
}

export const readAedes = async (db: AedesDatabase): Promise<AedesData> => {
  const { default: open } = await import('aedes-persistence-level')
  const reader = open(db)
  return {
    survey: await takeSurvey(db),
    filters: (id) => reader.subscriptionsByClient({ id }),
    queue: (id) => reader.outgoingStream({ id }),
    sentIds: async (client) => new Set(await idsUnder(db, 'outgoing-id', client)),
    async incoming(client) {
      const ids = await idsUnder(db, 'incoming', client)
      for (const messageId of ids) await reader.incomingGetPacket({ id: client }, { messageId })
      return ids
    },
    retained: () => reader.createRetainedStream('#'),
    wills: () => reader.streamWill(),
  }
}
