// A request with an Idempotency-Key that changes something: sent again it does nothing twice, and gets the answer of the first time.

import type { FastifyRequest } from 'fastify'
import { actorOf } from './callers.ts'
import { digestOf, ownKey, type Repeats } from './repeats.ts'

/** The key of the request, which those of other callers say nothing of; null: it has none. */
export const keyOf = (request: FastifyRequest): string | null => {
  const key = request.headers['idempotency-key']
  return typeof key === 'string' ? ownKey(actorOf(request).caller, key) : null
}

/** OTA_KEY_REUSED if the key belongs to another path or body. What fails can be tried again. */
export const askedOnce = async <T>(repeats: Repeats<T>, request: FastifyRequest, work: () => Promise<T>): Promise<T> => {
  const key = keyOf(request)
  if (key === null) return work()
  const digest = await digestOf(Buffer.from(JSON.stringify([request.method, request.url, request.body ?? null])))
  const answered = repeats.of({ key, digest })
  request.isRepeat = answered !== undefined
  return await (answered ?? repeats.run({ key, digest }, work))
}
