// How far the server's clock is ahead of this one, out of the times that it says. What comes late looks as if the server's clock were behind: so
// the largest of the last differences counts, and only one that lasts is said. Pure.

/** Differences below this are those of the network, milliseconds. */
const leastMs = 30_000
const kept = 3

export interface Clock {
  /** Of the last ones, the oldest first. */
  readonly differences: readonly number[]
  /** The server's clock ahead of this one, milliseconds. */
  readonly ahead: number
  /** What is to be said; 0: nothing is. It stays as it was said while it changes by less than a second. */
  readonly said: number
}

export const firstClock: Clock = { differences: [], ahead: 0, said: 0 }

/** Whether all of them are off by so much to the same side. */
const isOff = (differences: readonly number[]): boolean =>
  differences.length === kept && (differences.every((each) => each > leastMs) || differences.every((each) => each < -leastMs))

const steady = (said: number, ahead: number): number => (Math.abs(said - ahead) < 1000 ? said : ahead)

/** `at`: the time that the server has said; `received`: what this clock was then. */
export const withTime = ({ differences: before, said }: Clock, at: number, received: number): Clock => {
  const differences = [...before.slice(1 - kept), at - received]
  const ahead = Math.max(...differences)
  return { differences, ahead, said: isOff(differences) ? steady(said, ahead) : 0 }
}
