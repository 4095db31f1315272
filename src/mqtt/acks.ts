// Acknowledgements of one connection, sent in the order of the packets they acknowledge [MQTT-4.6.0-2, MQTT-4.6.0-3, MQTT-4.6.0-4], however
// early a later one is ready. Knows neither what was recorded nor where.

import { createFifo } from './sessions/fifo.ts'

/** Encoded acknowledgements: PUBACK, PUBREC or PUBCOMP. */
export interface Acknowledgement {
  readonly bytes: Buffer
  /** Packets in `bytes`; 0 for a QoS 0 message, which only keeps its place in the order. */
  readonly count: number
}

export interface Acks {
  /** Reserves the next place in the order. Call the result once the acknowledgement may be sent. */
  open(acknowledgement: Acknowledgement): () => void
  /** Acknowledgements that were opened and are not sent yet. */
  readonly pending: number
}

interface Slot {
  readonly acknowledgement: Acknowledgement
  ready: boolean
}

export const createAcks = (send: (acknowledgement: Acknowledgement) => void): Acks => {
  const slots = createFifo<Slot>()
  let pending = 0

  /** The next that may be sent. */
  const take = (): Acknowledgement | undefined => {
    const slot = slots.peek()
    if (slot?.ready !== true) return undefined
    slots.shift()
    pending -= slot.acknowledgement.count
    return slot.acknowledgement
  }

  const flush = (): void => {
    let first: Acknowledgement | undefined
    /** With the first; most often there is one alone. */
    let more: Acknowledgement[] | undefined
    for (let each = take(); each !== undefined; each = take()) {
      if (each.count === 0) continue
      if (first === undefined) first = each
      else {
        more ??= [first]
        more.push(each)
      }
    }
    if (more !== undefined)
      send({ bytes: Buffer.concat(more.map(({ bytes }) => bytes)), count: more.reduce((sum, { count }) => sum + count, 0) })
    else if (first !== undefined) send(first)
  }

  return {
    get pending() {
      return pending
    },
    open(acknowledgement) {
      const slot: Slot = { acknowledgement, ready: false }
      slots.push(slot)
      pending += acknowledgement.count
      return () => {
        slot.ready = true
        // Called again, it changes nothing: a slot that is ready at the head has been taken out.
        if (slots.peek() === slot) flush()
      }
    },
  }
}
