// Acknowledgements of one connection, sent in the order of what they answer [MQTT-4.6.0-2, MQTT-4.6.0-3, MQTT-4.6.0-4], each when its
// turn has come and it may be given. Knows neither what was recorded nor where.

import { createFifo } from './fifo.ts'
import type { Ack } from './packets.ts'

export interface Acks {
  /** A place in the order, for these acknowledgements: give them by calling the result. */
  open(acks: readonly Ack[]): () => void
  /** Places that are open. */
  readonly waiting: number
}

interface Place {
  readonly acks: readonly Ack[]
  given: boolean
}

export const createAcks = (send: (acks: readonly Ack[]) => void): Acks => {
  const places = createFifo<Place>()

  const flush = (): void => {
    const due: Ack[] = []
    for (let place = places.peek(); place?.given === true; place = places.peek()) {
      places.shift()
      for (const ack of place.acks) due.push(ack)
    }
    if (due.length > 0) send(due)
  }

  return {
    get waiting() {
      return places.length
    },
    open(acks) {
      const place: Place = { acks, given: false }
      places.push(place)
      return () => {
        if (place.given) return
        place.given = true
        if (places.peek() === place) flush()
      }
    },
  }
}
