// Which datagrams of multicast DNS are read: anybody on the network can send them, and answering takes the time of the thread that serves MQTT.
// Looks at length and head only.

import { createRate } from '../rate.ts'

/** RFC 6762 §17. */
const mostBytes = 9000
const headBytes = 12
/** One question takes an answer of its own, and 6 bytes are enough for one. Programs that browse ask a few at once. */
const mostQuestions = 32
const [flagsAt, questionsAt] = [2, 4]
const answerBit = 0x80
/** All programs of a network ask less often; who is not answered asks again. */
const burst = 100
const perSecond = 50

/**
 * Who announces reads questions alone: its name is its own by the id in it, and who says that it has that name too must not keep it from being
 * announced. Who browses reads answers alone.
 */
export type MessageKind = 'questions' | 'answers'

/** `now`: milliseconds. */
export const createIntake = (reads: MessageKind, now: () => number): ((message: Buffer) => boolean) => {
  const mayRead = createRate<'all'>(burst, perSecond, now)
  return (message) =>
    message.length >= headBytes &&
    message.length <= mostBytes &&
    (message[flagsAt] ?? 0) >= answerBit === (reads === 'answers') &&
    message.readUInt16BE(questionsAt) <= mostQuestions &&
    mayRead('all')
}
