// Signing in and out with a browser, and who one is. The session is in a cookie that no script can read.

import type { FastifyRequest } from 'fastify'
import { faultAt } from '../../errors.ts'
import type { NewSession, SignIns } from '../../ota/ports/access.ts'
import { sentence } from '../../sentences/sentence.ts'
import { type SignInBody, signInInput } from '../access-schemas.ts'
import { whoamiView } from '../access-views.ts'
import { type Api, type ApiContext, answer, base, noContent, operations } from '../api.ts'
import { actorOf, checkOrigin, cookieText } from '../callers.ts'
import { isoTime } from '../iso-time.ts'
import { badRequest } from '../validation.ts'

const operation = operations('access')
const open: Record<string, readonly string[]>[] = []

const whoami = (app: Api): void => {
  const described = operation('whoami', 'Who makes the request, with which role.', {}, { 200: answer('Whoami', 'The caller.') })
  app.get(`${base}/whoami`, described, (request, reply) => reply.send(whoamiView(actorOf(request).caller)))
}

/** One of three ways; which of them is not said by an empty field. */
const prove = (signIns: SignIns, { code, token, name, password }: SignInBody, address: string): Promise<NewSession> => {
  const ways = [code !== undefined, token !== undefined, name !== undefined || password !== undefined].filter(Boolean).length
  if (ways === 1 && code !== undefined) return signIns.byCode(code, address)
  if (ways === 1 && token !== undefined) return signIns.byToken(token, address)
  if (ways === 1 && name !== undefined && password !== undefined) return signIns.byPassword(name, password, address)
  throw badRequest([faultAt('body', sentence('sign_in_form'))])
}

const signIn = (app: Api, { access }: ApiContext): void => {
  const described = operation(
    'signIn',
    'Signs in by a code, or a name and password, or a token: the answer sets the cookie of the session.',
    { security: open, body: signInInput },
    { 200: answer('Whoami', 'Signed in.') },
  )
  app.post(`${base}/session`, described, async (request, reply) => {
    checkOrigin(request.headers, { isTls: request.isTls, mustHave: false })
    const { secret, caller, seconds } = await prove(access.signIns, request.body, request.from)
    return reply.header('set-cookie', cookieText(request.raw, request.isTls, secret, seconds)).send(whoamiView(caller))
  })
}

const forget = ({ raw, isTls }: FastifyRequest): string => cookieText(raw, isTls, '', 0)

const signOut = (app: Api, { access }: ApiContext): void => {
  const one = operation('signOut', 'Ends this session.', {}, { 204: noContent })
  app.delete(`${base}/session`, one, async (request, reply) => {
    await access.signIns.end(actorOf(request))
    return reply.header('set-cookie', forget(request)).code(204).send(null)
  })
  const all = operation(
    'signOutEverywhere',
    'Ends all sessions of the caller, on all machines.',
    {},
    { 200: answer('EndedSessions', 'How many ended.') },
  )
  app.delete(`${base}/sessions`, all, async (request, reply) =>
    reply.header('set-cookie', forget(request)).send({ ended: await access.signIns.endAll(actorOf(request)) }),
  )
}

const code = (app: Api, { access }: ApiContext): void => {
  const described = operation(
    'newSignInCode',
    'Makes a code that signs in once, within 15 minutes, as whoever asks for it.',
    {},
    { 201: answer('SignInCode', 'The code.') },
  )
  app.post(`${base}/session/code`, described, async (request, reply) => {
    const made = await access.signIns.newCode(actorOf(request))
    return reply.code(201).send({ code: made.code, expiresAt: isoTime(made.expiresAt) })
  })
}

export const sessionRoutes = (app: Api, context: ApiContext): void => {
  whoami(app)
  for (const each of [signIn, signOut, code]) each(app, context)
}
