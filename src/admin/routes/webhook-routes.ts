// Webhooks: listed, made, changed, removed, tested; and what they have refused, sent again.

import { type Static, Type } from 'typebox'
import { OtaError } from '../../errors.ts'
import type { WebhookInput } from '../../ota/ports/webhooks.ts'
import { sentence } from '../../sentences/sentence.ts'
import { nameParams } from '../access-schemas.ts'
import { type Api, type ApiContext, answer, base, listAnswer, noContent, operations } from '../api.ts'
import { actorOf } from '../callers.ts'
import { webhookChanges, webhookInput } from '../webhook-schemas.ts'
import { webhookTestView, webhookView } from '../webhook-views.ts'

const operation = operations('webhooks')
const path = `${base}/webhooks`

const list = (app: Api, { webhooks }: ApiContext): void => {
  const described = operation(
    'listWebhooks',
    'Webhooks by name, with what waits for them.',
    {},
    { 200: listAnswer(Type.Ref('Webhook'), 'All of them; `next` is null.') },
  )
  app.get(path, described, (_request, reply) => reply.send({ items: webhooks.list().map(webhookView), next: null }))
}

const show = (app: Api, { webhooks }: ApiContext): void => {
  const described = operation('getWebhook', 'One webhook.', { params: nameParams }, { 200: answer('Webhook', 'The webhook.') })
  app.get(`${path}/:name`, described, (request, reply) => {
    const { name } = request.params
    const facts = webhooks.find(name)
    if (facts === null) throw new OtaError('OTA_WEBHOOK_UNKNOWN', sentence('webhook_unknown', { name }))
    return reply.send(webhookView(facts))
  })
}

const inputOf = ({ url, secret, events, products, ca }: Static<typeof webhookInput>): WebhookInput => ({
  url,
  secret: secret ?? null,
  events: events ?? [],
  products: products ?? [],
  ca: ca ?? null,
})

const add = (app: Api, { webhooks }: ApiContext): void => {
  const described = operation(
    'addWebhook',
    'Makes a webhook: what happens from then on is sent to it. A secret that the server makes is shown only in this answer.',
    { body: webhookInput },
    { 201: answer('WebhookWithSecret', 'Made.') },
  )
  app.post(path, described, async (request, reply) => {
    const { body } = request
    const { secret, ...facts } = await webhooks.add(body.name, inputOf(body), actorOf(request).caller.name)
    return reply.code(201).send({ ...webhookView(facts), secret: body.secret === undefined ? secret : null })
  })
}

const edit = (app: Api, { webhooks }: ApiContext): void => {
  const described = operation(
    'editWebhook',
    'Changes the given fields, each as a whole. What waits is sent as they are then; the next attempt is made at once.',
    { params: nameParams, body: webhookChanges },
    { 200: answer('WebhookWithSecret', 'With the changes.') },
  )
  app.patch(`${path}/:name`, described, async (request, reply) => {
    const { secret, ...facts } = await webhooks.edit(request.params.name, request.body)
    return reply.send({ ...webhookView(facts), secret })
  })
}

const remove = (app: Api, { webhooks }: ApiContext): void => {
  const described = operation('removeWebhook', 'Removes a webhook, and all that waits for it.', { params: nameParams }, { 204: noContent })
  app.delete(`${path}/:name`, described, async (request, reply) => {
    await webhooks.remove(request.params.name)
    return reply.code(204).send(null)
  })
}

const test = (app: Api, { webhooks }: ApiContext): void => {
  const described = operation(
    'testWebhook',
    'Sends an event of the type `test` at once, and answers what came back. It is not kept, and is sent whatever waits.',
    { params: nameParams },
    { 200: answer('WebhookTest', 'What came back; `ok` says whether the receiver took it.') },
  )
  app.post(`${path}/:name/test`, described, async (request, reply) => reply.send(webhookTestView(await webhooks.test(request.params.name))))
}

const retry = (app: Api, { webhooks }: ApiContext): void => {
  const described = operation(
    'retryWebhook',
    'Events that were refused too often wait again, in their old order. The next attempt is made at once, whatever failed before.',
    { params: nameParams },
    { 200: answer('WebhookRetry', 'How many.') },
  )
  app.post(`${path}/:name/retry`, described, async (request, reply) => reply.send({ events: await webhooks.retry(request.params.name) }))
}

export const webhookRoutes = (app: Api, context: ApiContext): void => {
  for (const each of [list, show, add, edit, remove, test, retry]) each(app, context)
}
