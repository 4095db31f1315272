// The packets that a client may send, as plain data, and the fault of one that violates the protocol (MQTT 3.1.1 §2, §3). Knows no
// sockets and no sessions.

export type Qos = 0 | 1 | 2

export interface Publish {
  readonly cmd: 'publish'
  readonly topic: string
  /** A view into the bytes that were read: copy it to keep it, or all of them are kept in memory. */
  readonly payload: Buffer
  readonly qos: Qos
  readonly retain: boolean
  readonly dup: boolean
  /** 1 to 65535; 0 at QoS 0. */
  readonly id: number
}

export interface Ack {
  readonly cmd: 'puback' | 'pubrec' | 'pubrel' | 'pubcomp'
  readonly id: number
}

export interface Subscribe {
  readonly cmd: 'subscribe'
  readonly id: number
  /** At least one; each well formed. */
  readonly filters: readonly { readonly filter: string; readonly qos: Qos }[]
}

export interface Unsubscribe {
  readonly cmd: 'unsubscribe'
  readonly id: number
  /** At least one; each well formed. */
  readonly filters: readonly string[]
}

/** Its topic may be empty or have wildcards: what becomes of such a will is decided elsewhere. */
export interface Will {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: Qos
  readonly retain: boolean
}

export interface Connect {
  readonly cmd: 'connect'
  /** 4 is MQTT 3.1.1, 3 is MQTT 3.1. */
  readonly level: number
  readonly clientId: string
  readonly clean: boolean
  /** Seconds; 0: none. */
  readonly keepalive: number
  readonly will: Will | null
  readonly username: string | null
  readonly password: Buffer | null
}

export type Bare = { readonly cmd: 'pingreq' } | { readonly cmd: 'disconnect' }

export type Packet = Connect | Publish | Ack | Subscribe | Unsubscribe | Bare

/** A client violated the protocol: its connection must be closed [MQTT-4.8.0-1]. `message` is for the log, with the client as its subject. */
export interface WireFault extends Error {
  readonly name: 'WireFault'
  /** One word for the metrics. */
  readonly reason: string
  /** The violated clause, such as `MQTT-1.5.3-1`; `MQTT-2.2.3` is a section. */
  readonly clause: string
  readonly text: string
  /** 1: CONNACK 1 must be sent first [MQTT-3.1.2-2]; null: nothing. */
  readonly returnCode: 1 | null
}

export const wireFault = (reason: string, clause: string, text: string, returnCode: 1 | null = null): WireFault =>
  Object.assign(new Error(text), { name: 'WireFault' as const, reason, clause, text, returnCode })

export const isWireFault = (error: unknown): error is WireFault =>
  error instanceof Error && error.name === 'WireFault' && 'reason' in error && 'clause' in error

/** A text from a client, quoted and short enough for the log. */
export const quoted = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
