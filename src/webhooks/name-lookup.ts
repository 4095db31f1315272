// Names of receivers looked up one at a time: a lookup of the system occupies one of the few threads that the store writes with, for long if no
// name server answers. Knows no request.

import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'

type Answer = readonly [error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family: number | undefined]

/** As `dns.lookup` does it. */
export type Resolve = (hostname: string, options: LookupOptions, answered: (...answer: Answer) => void) => void

const ofSystem: Resolve = (hostname, options, answered) =>
  lookup(hostname, options, (error, address, family) => answered(error, address, family))

/** Requests for a name that is being looked up, or waits for it, get the same answer. */
export const createLookup = (resolve: Resolve = ofSystem): LookupFunction => {
  const known = new Map<string, Promise<Answer>>()
  let last: Promise<unknown> = Promise.resolve()
  const ask = (hostname: string, options: LookupOptions): Promise<Answer> =>
    new Promise<Answer>((done) => {
      resolve(hostname, options, (...answer) => done(answer))
    }).catch((thrown: NodeJS.ErrnoException): Answer => [thrown, '', undefined])
  const askInTurn = (key: string, hostname: string, options: LookupOptions): Promise<Answer> => {
    const asked = last.then(() => ask(hostname, options))
    known.set(key, asked)
    last = asked.then(() => known.delete(key))
    return asked
  }
  const answerOf = (hostname: string, options: LookupOptions): Promise<Answer> => {
    const key = `${hostname} ${options.family ?? 0} ${options.all === true}`
    return known.get(key) ?? askInTurn(key, hostname, options)
  }
  const pass = async (asked: Promise<Answer>, answered: (...answer: Answer) => void): Promise<void> => answered(...(await asked))
  return (hostname, options, callback) => void pass(answerOf(hostname, options), callback)
}
