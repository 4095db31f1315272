// A client that follows MQTT 3.1.1 §4.3 and keeps its state over connections, for tests of what it receives.

import type { SessionWriter } from '../../src/mqtt/sessions/session.ts'
import type { Qos } from '../../src/mqtt/wire/packets.ts'

export type Answer = readonly [cmd: 'puback' | 'pubrec' | 'pubcomp', id: number, text: string]

type Packet =
  | { readonly kind: 'publish'; readonly text: string; readonly qos: Qos; readonly id: number }
  | { readonly kind: 'pubrel'; readonly id: number }

export interface ModelClient {
  /** A new connection; what was being sent on the previous one is lost. */
  connect(): SessionWriter
  disconnect(): void
  /** Reads what was received, and prepares the answers. */
  receive(): void
  /** The next answer that it sends. */
  answer(): Answer | undefined
  /** Whether nothing is being sent to or from it. */
  readonly idle: boolean
}

/** `deliver` is called for each message that the client delivers. */
export const createModelClient = (deliver: (text: string, qos: Qos) => void): ModelClient => {
  /** QoS 2 messages without a PUBREL so far. */
  const held = new Map<number, string>()
  let coming: Packet[] = []
  let answers: Answer[] = []

  const read = (packet: Packet): void => {
    const { id } = packet
    if (packet.kind === 'pubrel') {
      answers.push(['pubcomp', id, held.get(id) ?? ''])
      held.delete(id)
      return
    }
    const { text, qos } = packet
    if (qos < 2 || !held.has(id)) deliver(text, qos)
    if (qos === 1) answers.push(['puback', id, text])
    if (qos === 2) {
      if (!held.has(id)) held.set(id, text)
      answers.push(['pubrec', id, text])
    }
  }

  const disconnect = (): void => {
    coming = []
    answers = []
  }

  return {
    disconnect,
    connect() {
      disconnect()
      const mine = coming
      return {
        congested: false,
        mayReceive: () => true,
        publish: ({ message, qos, id }) => void mine.push({ kind: 'publish', text: message.payload.toString(), qos, id }),
        release: (id) => void mine.push({ kind: 'pubrel', id }),
        overrun: () => undefined,
      }
    },
    receive() {
      for (const packet of coming.splice(0)) read(packet)
    },
    answer: () => answers.shift(),
    get idle() {
      return coming.length === 0 && answers.length === 0
    },
  }
}
