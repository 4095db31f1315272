// Tokens of programs; and the token of the data directory: a new one in the place of the old one. Reads no file.

import { Type } from 'typebox'
import { faultAt } from '../../errors.ts'
import { sentence } from '../../sentences/sentence.ts'
import { nameParams, tokenInput } from '../access-schemas.ts'
import { tokenView } from '../access-views.ts'
import { type Api, type ApiContext, answer, base, listAnswer, noContent, operations } from '../api.ts'
import { actorOf } from '../callers.ts'
import { badRequest } from '../validation.ts'

const operation = operations('access')

const rotate = (app: Api, { renewToken, endRevoked, log }: ApiContext): void => {
  const described = operation(
    'rotateToken',
    'Makes a new admin.token. The old one is refused from then on; sessions and event streams that it began end.',
    {},
    { 200: answer('Token', 'The new token.') },
  )
  app.post(`${base}/token/rotate`, described, async (_request, reply) => {
    const renewed = await renewToken()
    endRevoked()
    log.info({ file: renewed.file }, 'the token of the admin API was replaced')
    return reply.send(renewed)
  })
}

const list = (app: Api, { access }: ApiContext): void => {
  const described = operation(
    'listTokens',
    'The tokens by name, without themselves; that of admin.token is not among them.',
    {},
    { 200: listAnswer(Type.Ref('ApiToken'), 'All of them; `next` is null.') },
  )
  app.get(`${base}/tokens`, described, (_request, reply) => reply.send({ items: access.tokens.list().map(tokenView), next: null }))
}

/** A station has a binding, and nobody else has one. */
const checkStation = ({ role, station }: { readonly role: string; readonly station?: string }): void => {
  if (role === 'station' && station === undefined) throw badRequest([faultAt('station', sentence('station_missing'))])
  if (role !== 'station' && station !== undefined) throw badRequest([faultAt('station', sentence('station_not_wanted'))])
}

const add = (app: Api, { access }: ApiContext): void => {
  const described = operation(
    'addToken',
    'Makes a token. It is shown only in this answer.',
    { body: tokenInput },
    { 201: answer('NewApiToken', 'Made.') },
  )
  app.post(`${base}/tokens`, described, async (request, reply) => {
    checkStation(request.body)
    const { name, role, station = null } = request.body
    const made = await access.tokens.add({ name, role, station }, actorOf(request))
    return reply.code(201).send({ ...tokenView(made), token: made.token })
  })
}

const remove = (app: Api, { access }: ApiContext): void => {
  const described = operation(
    'removeToken',
    'Removes a token. It is refused from then on; sessions and event streams that it began end.',
    { params: nameParams },
    { 204: noContent },
  )
  app.delete(`${base}/tokens/:name`, described, async (request, reply) => {
    await access.tokens.remove(request.params.name, actorOf(request))
    return reply.code(204).send(null)
  })
}

export const tokenRoutes = (app: Api, context: ApiContext): void => {
  for (const each of [rotate, list, add, remove]) each(app, context)
}
