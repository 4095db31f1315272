// Acknowledgements of one connection, sent in the order of what they answer [MQTT-4.6.0-2, MQTT-4.6.0-3, MQTT-4.6.0-4], each when its
// turn has come and it may be given. Knows neither what was recorded nor where.

import { createFifo } from './sessions/fifo.ts'

/** Acknowledgements as they go out. */
export interface Acknowledgement {
  readonly bytes: Buffer
  readonly count: number
}

export interface Acks {
  /** A place in the order for this acknowledgement: give it by calling the result. */
  open(acknowledgement: Acknowledgement): () => void
  /** Acknowledgements that are owed. */
  readonly owed: number
}

interface Place {
  readonly acknowledgement: Acknowledgement
  given: boolean
}

export const createAcks = (send: (acknowledgement: Acknowledgement) => void): Acks => {
  const places = createFifo<Place>()
  let owed = 0

  const flush = (): void => {
    const due: Acknowledgement[] = []
    for (let place = places.peek(); place?.given === true; place = places.peek()) {
      places.shift()
      owed -= place.acknowledgement.count
      if (place.acknowledgement.count > 0) due.push(place.acknowledgement)
    }
    const [first, second] = due
    if (first === undefined) return
    if (second === undefined) send(first)
    else send({ bytes: Buffer.concat(due.map(({ bytes }) => bytes)), count: due.reduce((sum, { count }) => sum + count, 0) })
  }

  return {
    get owed() {
      return owed
    },
    open(acknowledgement) {
      const place: Place = { acknowledgement, given: false }
      places.push(place)
      owed += acknowledgement.count
      return () => {
        place.given = true
        // A second call changes nothing: a place that was given at the head has left the queue.
        if (places.peek() === place) flush()
      }
    },
  }
}
