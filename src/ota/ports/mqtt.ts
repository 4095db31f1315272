// What the broker and the core ask of each other, types only.

import type { Device, DeviceKey } from '../model.ts'

/** What a down topic of a device is for: offers, or answers about sub-devices. */
export type Channel = 'ota' | 'topo'

/** A message to a device or a gateway: JSON on one of its own down topics. */
export interface Downlink {
  readonly channel: Channel
  readonly text: string
}

export interface Transport {
  /**
   * Writes the message to the device's own connection, at most at QoS 1, never retained, never through a session queue.
   * False when the device is not connected or has no filter that covers the topic.
   */
  send(device: DeviceKey, message: Downlink): boolean
  /** The server's address on that connection, as a URL's host: IPv4, or IPv6 in brackets, without port. Null: not connected. */
  host(device: DeviceKey): string | null
  /** The same for a connection over TLS, but the name that the client asked for if it named one. Null: not connected, or not over TLS. */
  tlsHost(device: DeviceKey): string | null
  /** Closes the device's connection, if any. */
  close(device: DeviceKey, why: string): void
}

/** A connection of a device as the core sees it. */
export interface Connection {
  readonly device: DeviceKey
  /** Counts up: a newer connection of the same device has a larger one. */
  readonly id: number
  /** The address of the client, without port. */
  readonly address?: string
}

/** What the broker reports to the core. */
export interface DeviceSide {
  connected(connection: Connection): void
  /** `newer`: the connection of the same device that took its place. */
  disconnected(connection: Connection, newer?: Connection): void
  /** A filter (new, or restored with the session) now covers that down topic: call after the SUBACK, or after CONNACK where restored. */
  subscribed(connection: Connection, channel: Channel): void
  unsubscribed(connection: Connection, channel: Channel): void
  /**
   * Uplinks of one kind (`up`: the dialect's name for the topic, see `DeviceTopics.up`), in the order in which they came. Resolves when all
   * are recorded on disk (or were dropped and counted): then acknowledge. Rejects when one could not be recorded: then close the socket
   * without PUBACK. Never throws for a payload.
   */
  receive(connection: Connection, up: string, payloads: readonly Uint8Array[]): Promise<void>
}

/** Why a device's last connection was refused or ended: one word, as in the metrics. */
export interface ConnectionNote {
  readonly what: 'refused' | 'disconnected'
  readonly reason: string
  readonly at: number
  /** The address of the client, without port; null: not known. */
  readonly address: string | null
}

/** A CONNECT that was refused. Texts of the client are cut to 256 characters. */
export interface RefusedConnect {
  /** One word of the metrics. */
  readonly reason: string
  /** The device that its user name names; null: none. */
  readonly device: DeviceKey | null
  readonly clientId: string | null
  readonly user: string | null
  readonly address: string
}

/** What the broker asks about who may connect. All of it is on disk when it resolves. */
export interface Registry {
  device(key: DeviceKey): Device | undefined
  /** Why a connection of the device was refused, or ended: kept with its record until the server stops. */
  noteConnection(key: DeviceKey, what: ConnectionNote['what'], reason: string, address?: string): void
  /** A CONNECT was refused: kept in a list until the server stops, and shown to watchers. */
  connectRefused(refused: RefusedConnect): void
  /** Makes the device known, where enrolment allows it (`open`, `first-use`); binds a first-use password hash where one is given. */
  enrol(product: string, name: string, firstUse: string | null): Promise<Device>
  /**
   * A client may connect as that device, and has shown the credential that is stored of it, if any is, or a certificate of that name: a
   * gateway's claim may end.
   */
  admitted(key: DeviceKey, byCertificate?: boolean): Promise<void>
}

/** What a device under test says about itself: the event of its self-test, or its properties. */
export type SelfTestTopic = 'event/selftest' | 'property'

/** Who is handed the self-test messages of some devices, beside the subscribers. */
export interface Tap {
  /** Asked for each ordinary message of a device, so it must cost nothing. */
  wants(device: DeviceKey): boolean
  /**
   * In the order in which they came, and again for each copy that the device sends. Resolves when it is recorded: then acknowledge. Rejects
   * when it could not be recorded: then close the socket without PUBACK. `payload` is a copy.
   */
  message(connection: Connection, topic: SelfTestTopic, payload: Uint8Array): Promise<void>
}
