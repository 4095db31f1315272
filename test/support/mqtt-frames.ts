// Control packets made byte by byte, including those that no correct generator makes. Knows frames and fields [MQTT-2.2.3], not what
// they may contain.

export type Bytes = Uint8Array | readonly number[] | number | string

const joined = (parts: readonly Bytes[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.of(part) : Buffer.from(part as Uint8Array))))

/** The remaining length: seven bits in each byte, the lowest first. */
export const remaining = (length: number): Buffer =>
  length < 128 ? Buffer.of(length) : Buffer.concat([Buffer.of((length % 128) | 128), remaining(Math.floor(length / 128))])

/** A packet with that first byte and its length. Numbers are single bytes, strings are added without a length. */
export const frame = (first: number, ...parts: readonly Bytes[]): Buffer => {
  const body = joined(parts)
  return Buffer.concat([Buffer.of(first), remaining(body.length), body])
}

/** A field with its length, two bytes, before it. */
export const field = (value: string | Uint8Array | readonly number[]): Buffer => {
  const bytes = Buffer.from(value as Uint8Array)
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 255), bytes])
}

export const id = (value: number): Buffer => Buffer.of(value >> 8, value & 255)

export interface RawConnect {
  readonly first?: number
  readonly name?: string | Uint8Array
  readonly level?: number
  readonly flags?: number
  readonly keepalive?: number
}

/** A CONNECT: `payload` is its fields in order, the client id first. */
export const rawConnect = (
  { first = 0x10, name = 'MQTT', level = 4, flags = 2, keepalive = 60 }: RawConnect,
  ...payload: readonly Bytes[]
): Buffer => frame(first, field(name), level, flags, id(keepalive), ...payload)

/** A PUBLISH of QoS 0 with that topic, whatever its bytes. */
export const rawPublish = (topic: string | Uint8Array, payload = 'x'): Buffer => frame(0x30, field(topic), payload)

/** A SUBSCRIBE of one filter. */
export const rawSubscribe = (filter: string | Uint8Array, options = 0): Buffer => frame(0x82, id(1), field(filter), options)

export const rawUnsubscribe = (filter: string | Uint8Array): Buffer => frame(0xa2, id(1), field(filter))
