// People who may sign in: added, listed, removed, their roles and passwords.

import { Type } from 'typebox'
import type { Actor } from '../../ota/ports/access.ts'
import { nameParams, passwordInput, roleInput, userInput } from '../access-schemas.ts'
import { userView } from '../access-views.ts'
import { type Api, type ApiContext, answer, base, listAnswer, noContent, operations } from '../api.ts'
import { actorOf } from '../callers.ts'
import { mustReach } from '../rights.ts'

const operation = operations('access')
const path = `${base}/users`

const list = (app: Api, { access }: ApiContext): void => {
  const described = operation('listUsers', 'People by name.', {}, { 200: listAnswer(Type.Ref('User'), 'All of them; `next` is null.') })
  app.get(path, described, (_request, reply) => reply.send({ items: access.people.list().map(userView), next: null }))
}

const add = (app: Api, { access }: ApiContext): void => {
  const described = operation('addUser', 'Adds a person.', { body: userInput }, { 201: answer('User', 'Added.') })
  app.post(path, described, async (request, reply) =>
    reply.code(201).send(userView(await access.people.add(request.body, actorOf(request)))),
  )
}

const setRole = (app: Api, { access }: ApiContext): void => {
  const described = operation(
    'setUserRole',
    'Gives a person another role; refused for the last admin.',
    { params: nameParams, body: roleInput },
    { 200: answer('User', 'With the new role.') },
  )
  app.patch(`${path}/:name`, described, async (request, reply) =>
    reply.send(userView(await access.people.setRole(request.params.name, request.body.role, actorOf(request)))),
  )
}

const remove = (app: Api, { access }: ApiContext): void => {
  const described = operation(
    'removeUser',
    'Removes a person and ends the sessions; refused for the last admin.',
    { params: nameParams },
    { 204: noContent },
  )
  app.delete(`${path}/:name`, described, async (request, reply) => {
    await access.people.remove(request.params.name, actorOf(request))
    return reply.code(204).send(null)
  })
}

/** A person may change the own password, an admin that of everybody. */
const mayChange = ({ caller }: Actor, name: string): void => {
  if (caller.kind !== 'person' || caller.name.toLowerCase() !== name.normalize('NFC').toLowerCase()) mustReach(caller, 'admin')
}

const setPassword = (app: Api, { access }: ApiContext): void => {
  const described = operation(
    'setUserPassword',
    'Sets a password anew, and ends the sessions of that person. The own one needs the current one too.',
    { params: nameParams, body: passwordInput },
    { 204: noContent },
  )
  app.put(`${path}/:name/password`, described, async (request, reply) => {
    const { name } = request.params
    const actor = actorOf(request)
    mayChange(actor, name)
    await access.people.setPassword(name, request.body, actor)
    return reply.code(204).send(null)
  })
}

const endSessions = (app: Api, { access }: ApiContext): void => {
  const described = operation(
    'endUserSessions',
    'Signs a person out everywhere.',
    { params: nameParams },
    { 200: answer('EndedSessions', 'How many ended.') },
  )
  app.delete(`${path}/:name/sessions`, described, async (request, reply) =>
    reply.send({ ended: await access.signIns.endOf(request.params.name, actorOf(request)) }),
  )
}

export const peopleRoutes = (app: Api, context: ApiContext): void => {
  for (const each of [list, add, setRole, remove, setPassword, endSessions]) each(app, context)
}
