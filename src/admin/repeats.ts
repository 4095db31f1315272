// Requests with an Idempotency-Key: sent again they make nothing twice, and get the same answer. What is made is recorded with its key by who makes
// it, in the same commit; here is what runs now and what was answered lately. Knows no route.

import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { Type } from 'typebox'
import { OtaError } from '../errors.ts'
import type { Caller } from '../ota/ports/access.ts'
import { sentence } from '../sentences/sentence.ts'
import { formed } from './schema-words.ts'

export const keyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    formed('^[!-~]{1,255}$', 'field_not_a_key', {
      description: 'Chosen by the client, different for each thing to be made: within 24 hours the same key and body make it once.',
    }),
  ),
})

export interface KeyedRequest {
  readonly key: string
  readonly digest: string
}

/** One caller's keys say nothing of, and take nothing from, those of others. Names hold no spaces. */
export const ownKey = ({ kind, name }: Pick<Caller, 'kind' | 'name'>, key: string): string => `${kind} ${name} ${key}`

/** So long a key is known. */
export const keyMs = 86_400_000
const mostKept = 1000
/** Of requests whose answers are gone: another body is still refused. */
const mostDigests = 10_000
/** Bytes that are hashed before other work gets a turn. */
const bytesAtOnce = 4_194_304

/** Digest of a body. */
export const digestOf = async (body: Uint8Array): Promise<string> => {
  const hash = createHash('sha256')
  for (let from = 0; from < body.length; from += bytesAtOnce) {
    hash.update(body.subarray(from, from + bytesAtOnce))
    if (body.length > bytesAtOnce) await setImmediate()
  }
  return hash.digest('hex')
}

/** Refuses a key that belongs to another body. */
export const checkKey = (known: KeyedRequest, sent: KeyedRequest): void => {
  if (known.digest !== sent.digest) throw new OtaError('OTA_KEY_REUSED', sentence('key_reused'))
}

export interface Repeats<T> {
  /** What the same request was answered, or is being answered; undefined: it is new. OTA_KEY_REUSED if the body is another one. */
  of(request: KeyedRequest): Promise<T> | undefined
  /** Runs the work; what fails is forgotten, so that it can be tried again. */
  run(request: KeyedRequest, work: () => Promise<T>): Promise<T>
}

interface Kept<T> extends KeyedRequest {
  readonly at: number
  readonly answer: Promise<T>
}

/** `keeps`: the newest answers are known for 24 hours, of older ones only the bodies; else only while the work runs, since what was made is found otherwise. */
export const createRepeats = <T>(now: () => number, keeps: boolean): Repeats<T> => {
  const kept = new Map<string, Kept<T>>()
  const digests = new Map<string, KeyedRequest & { readonly at: number }>()
  const isOld = ({ at }: { readonly at: number }): boolean => now() - at >= keyMs
  const forget = (): void => {
    for (const { key, digest, at } of kept.values()) {
      if (kept.size <= mostKept && !isOld({ at })) break
      kept.delete(key)
      if (keeps) digests.set(key, { key, digest, at })
    }
    for (const known of digests.values()) {
      if (digests.size <= mostDigests && !isOld(known)) return
      digests.delete(known.key)
    }
  }
  return {
    of(request) {
      const known = kept.get(request.key)
      const sent = known ?? digests.get(request.key)
      if (sent === undefined || isOld(sent)) return undefined
      checkKey(sent, request)
      return known?.answer
    },
    run(request, work) {
      forget()
      const answer = work()
      kept.delete(request.key)
      digests.delete(request.key)
      kept.set(request.key, { ...request, at: now(), answer })
      const end = (): void => {
        kept.delete(request.key)
        digests.delete(request.key)
      }
      answer.then(keeps ? () => undefined : end, end)
      return answer
    },
  }
}
