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

/** Sends what may be sent. */
export interface AckSink {
  acknowledge(acknowledgement: Acknowledgement): void
}

interface Slot {
  readonly acknowledgement: Acknowledgement
  ready: boolean
}

class OrderedAcks implements Acks {
  private readonly slots = createFifo<Slot>()
  private readonly sink: AckSink
  pending = 0

  constructor(sink: AckSink) {
    this.sink = sink
  }

  /** The next that may be sent. */
  private take(): Acknowledgement | undefined {
    const slot = this.slots.peek()
    if (slot?.ready !== true) return undefined
    this.slots.shift()
    this.pending -= slot.acknowledgement.count
    return slot.acknowledgement
  }

  private flush(): void {
    let first: Acknowledgement | undefined
    /** With the first; most often there is one alone. */
    let more: Acknowledgement[] | undefined
    for (let each = this.take(); each !== undefined; each = this.take()) {
      if (each.count === 0) continue
      if (first === undefined) first = each
      else {
        more ??= [first]
        more.push(each)
      }
    }
    if (more !== undefined) {
      const count = more.reduce((sum, each) => sum + each.count, 0)
      this.sink.acknowledge({ bytes: Buffer.concat(more.map(({ bytes }) => bytes)), count })
    } else if (first !== undefined) this.sink.acknowledge(first)
  }

  open(acknowledgement: Acknowledgement): () => void {
    const slot: Slot = { acknowledgement, ready: false }
    this.slots.push(slot)
    this.pending += acknowledgement.count
    return () => {
      slot.ready = true
      // Called again, it changes nothing: a slot that is ready at the head has been taken out.
      if (this.slots.peek() === slot) this.flush()
    }
  }
}

export const createAcks = (sink: AckSink): Acks => new OrderedAcks(sink)
