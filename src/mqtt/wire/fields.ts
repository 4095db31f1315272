// The fields of packets (MQTT 3.1.1 §1.5): numbers, strings, data, packet ids. Functions of bytes and offsets, without state; they know
// no packets.

import { isUtf8 } from 'node:buffer'
import { wireFault } from './packets.ts'

/** The longest topic, filter or other string: its length is two bytes [MQTT-4.7.3-3]. */
export const longestField = 65_535

export const byteAt = (bytes: Buffer, at: number): number => bytes[at] ?? 0

export const numberAt = (bytes: Buffer, at: number): number => (byteAt(bytes, at) << 8) | byteAt(bytes, at + 1)

/** Throws unless the packet has `size` more bytes. */
export const need = (at: number, size: number, end: number, what: string, clause = 'MQTT-4.8.0-1'): void => {
  if (at + size > end) throw wireFault('bad_length', clause, `sent a packet that is too short for ${what}`)
}

/** Where the length-prefixed field at `at` ends; its data begins at `at + 2`. Throws if it exceeds the packet. */
export const fieldEnd = (bytes: Buffer, at: number, end: number, what: string, clause?: string): number => {
  need(at, 2, end, what, clause)
  const size = numberAt(bytes, at)
  need(at + 2, size, end, what, clause)
  return at + 2 + size
}

/** Throws unless the packet ends here. */
export const finish = (at: number, end: number): void => {
  if (at !== end) throw wireFault('bad_length', 'MQTT-4.8.0-1', `sent a packet with ${end - at} bytes too many`)
}

const isPlain = (bytes: Buffer, from: number, to: number): boolean => {
  for (let at = from; at < to; at++) {
    const byte = byteAt(bytes, at)
    if (byte === 0 || byte > 127) return false
  }
  return true
}

/** A string. Throws if it is not UTF-8 [MQTT-1.5.3-1] or contains U+0000 [MQTT-1.5.3-2]; U+FEFF is kept [MQTT-1.5.3-3]. */
export const textAt = (bytes: Buffer, from: number, to: number, what: string): string => {
  if (isPlain(bytes, from, to)) return bytes.toString('latin1', from, to)
  const field = bytes.subarray(from, to)
  if (field.includes(0)) throw wireFault('nul_in_string', 'MQTT-1.5.3-2', `sent U+0000 in ${what}`)
  if (!isUtf8(field)) throw wireFault('bad_utf8', 'MQTT-1.5.3-1', `sent invalid UTF-8 in ${what}`)
  return field.toString('utf8')
}

/** A packet id, which must not be 0 [MQTT-2.3.1-1]. */
export const idAt = (bytes: Buffer, at: number, end: number): number => {
  need(at, 2, end, 'its packet id')
  const id = numberAt(bytes, at)
  if (id === 0) throw wireFault('bad_packet_id', 'MQTT-2.3.1-1', 'sent the packet id 0')
  return id
}
