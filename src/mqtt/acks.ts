// Acknowledgements of one connection, sent in the order of what they answer [MQTT-4.6.0-2, MQTT-4.6.0-3, MQTT-4.6.0-4], each when its
// turn has come and it may be given. Knows neither what was recorded nor where.

import { createFifo } from './sessions/fifo.ts'

/** Acknowledgements as they go out. */
export interface Answer {
  readonly bytes: Buffer
  readonly count: number
}

export interface Acks {
  /** A place in the order for this answer: give it by calling the result. */
  open(answer: Answer): () => void
  /** Acknowledgements that are owed. */
  readonly owed: number
}

interface Place {
  readonly answer: Answer
  given: boolean
}

export const createAcks = (send: (answer: Answer) => void): Acks => {
  const places = createFifo<Place>()
  let owed = 0

  const flush = (): void => {
    const due: Answer[] = []
    for (let place = places.peek(); place?.given === true; place = places.peek()) {
      places.shift()
      owed -= place.answer.count
      if (place.answer.count > 0) due.push(place.answer)
    }
    if (due.length === 1 && due[0] !== undefined) send(due[0])
    else if (due.length > 1)
      send({ bytes: Buffer.concat(due.map(({ bytes }) => bytes)), count: due.reduce((sum, { count }) => sum + count, 0) })
  }

  return {
    get owed() {
      return owed
    },
    open(answer) {
      const place: Place = { answer, given: false }
      places.push(place)
      owed += answer.count
      return () => {
        if (place.given) return
        place.given = true
        if (places.peek() === place) flush()
      }
    },
  }
}
