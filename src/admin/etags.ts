// ETags of what operators can change, and what If-Match says of them (RFC 9110 §13.1.1): a change made in ignorance of another one is refused,
// with what is there now. An ETag covers what an operator can set, not what a device reports meanwhile. Knows no route.

import { createHmac } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { OtaError } from '../errors.ts'
import type { Campaign, Device } from '../ota/model.ts'
import { isPinned } from '../ota/rules/gateway-claims.ts'
import { type Sentence, sentence } from '../sentences/sentence.ts'
import { problemOf, problemType } from './problem.ts'
import { formed } from './schema-words.ts'

const digestChars = 22

/** `key`: so that the ETag says nothing of a secret. */
export const deviceTag = (key: string, device: Device): string => {
  const { gateway, tags, credential } = device
  const said = JSON.stringify([gateway, isPinned(device), tags, credential])
  return `"${createHmac('sha256', key).update(`etag ${said}`).digest('base64url').slice(0, digestChars)}"`
}

export const campaignTag = ({ id, rev }: Campaign): string => `"${id}-${rev}"`

export const ifMatch = {
  'if-match': Type.Optional(
    formed('^ *(\\*|(W/)?"[^"]*"( *, *(W/)?"[^"]*")*) *$', 'field_not_an_etag_list', {
      maxLength: 4096,
      description: 'The ETag of what is to be changed: refused with 412 if it is another one by now. `*`: only if it is there.',
    }),
  ),
}
export const ifMatchHeaders = Type.Object(ifMatch)

/** Weak ones match nothing: they are none of ours. */
const matches = (header: string, etag: string): boolean => header.trim() === '*' || header.split(',').some((one) => one.trim() === etag)

/** What is there now. */
export interface CurrentRecord {
  readonly etag: string
  readonly view: () => object
}

/** Whether the request may change it; if not, it has been answered. `what`: as people call it. */
export const mayChange = (
  reply: FastifyReply,
  header: string | undefined,
  what: string | Sentence,
  current: CurrentRecord | null,
): boolean => {
  if (header === undefined || (current !== null && matches(header, current.etag))) return true
  const said = current === null ? sentence('changed_to_none', { what }) : sentence('changed_meanwhile', { what, etag: current.etag })
  const problem = { ...problemOf(new OtaError('OTA_CHANGED', said)), current: current?.view() ?? null }
  if (current !== null) void reply.header('etag', current.etag)
  void reply.code(problem.status).type(problemType).send(problem)
  return false
}
