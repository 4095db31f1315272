// Packets made byte by byte, and the results of a reader.

import { isWireFault, type Packet, type WireFault } from '../../src/mqtt/wire/packets.ts'
import { createReader, type Reader, type ReaderLimits } from '../../src/mqtt/wire/reader.ts'
import { type Bytes, field, frame } from './mqtt-frames.ts'

export const limits: ReaderLimits = { connectBytes: () => 1024, packetBytes: () => 256 * 1024 }

/** A CONNECT with these flags and this payload. */
export const connectOf = (flags: number, payload: readonly Bytes[], { name = 'MQTT', level = 4 } = {}): Buffer =>
  frame(0x10, field(name), [level, flags, 0, 60], ...payload)

export const connect = connectOf(2, [field('dev1')])
export const oldConnect = connectOf(2, [field('dev1')], { name: 'MQIsdp', level: 3 })

/** All packets that a reader returns now, and the fault that it ends with. */
export const drain = (reader: Reader): { readonly packets: readonly Packet[]; readonly fault: WireFault | null } => {
  const packets: Packet[] = []
  try {
    for (let packet = reader.next(); packet !== null; packet = reader.next()) packets.push(packet)
  } catch (error) {
    if (!isWireFault(error)) throw error
    return { packets, fault: error }
  }
  return { packets, fault: null }
}

export const read = (chunks: readonly Buffer[]) => {
  const reader = createReader(limits)
  for (const chunk of chunks) reader.push(chunk)
  return drain(reader)
}

/** The result of these packets after a CONNECT. */
export const behind = (opening: Buffer, ...sent: readonly Buffer[]) => {
  const { packets, fault } = read([Buffer.concat([opening, ...sent])])
  return { packets: packets.slice(1), fault }
}

export const faultOf = (fault: WireFault | null) => fault && { reason: fault.reason, clause: fault.clause, returnCode: fault.returnCode }

/** U+D800, which is not valid in UTF-8. */
export const surrogate = [0xed, 0xa0, 0x80]
export const nul = [97, 0, 98]

export type Row = readonly [name: string, bytes: Buffer, reason: string, clause: string]
