// Campaigns: planned, created, listed, and steered.

import { Type } from 'typebox'
import type { Campaign } from '../../ota/model.ts'
import { type Api, type ApiContext, answer, base, listAnswer, operations } from '../api.ts'
import { campaignInput, campaignInputOf, createQuery } from '../campaign-inputs.ts'
import { campaignView, planView } from '../campaign-view.ts'
import { cancelInput, idParams, nextInput, noInput, pageQuery, retryInput } from '../input-schemas.ts'
import { campaignOf } from '../lookups.ts'
import { idOfCursor, smallest } from '../paging.ts'
import { warningsView } from '../sentence-views.ts'

const operation = operations('campaigns')
const path = `${base}/campaigns`
const theCampaign = { 200: answer('Campaign', 'The campaign.') }

const view = ({ operators, now }: ApiContext, campaign: Campaign) => campaignView(operators, campaign, now())

const create = (app: Api, context: ApiContext): void => {
  const { campaigns } = context.operators
  const described = operation(
    'createCampaign',
    'Creates a campaign; with `start` it runs at once. With `dryRun=true` it only says what it would do.',
    { querystring: createQuery, body: campaignInput(context.ota) },
    { 200: answer('Plan', 'What it would do; nothing was created.'), 201: answer('Campaign', 'Created.') },
  )
  app.post(path, described, async (request, reply) => {
    const input = campaignInputOf(request.body)
    if (request.query.dryRun) return reply.code(200).send(planView(await campaigns.dryRun(input, request.query.limit)))
    const warnings = await campaigns.warnings(input)
    const created = view(context, await (request.body.start === true ? campaigns.launch(input) : campaigns.create(input)))
    return reply.code(201).send(warnings.length === 0 ? created : { ...created, ...warningsView(warnings) })
  })
}

const list = (app: Api, context: ApiContext): void => {
  const described = operation(
    'listCampaigns',
    'Campaigns, oldest first.',
    { querystring: pageQuery },
    { 200: listAnswer(Type.Ref('Campaign'), 'A page.') },
  )
  app.get(path, described, (request, reply) => {
    const { limit, after } = request.query
    const page = smallest(context.operators.reads.campaigns(), ({ id }) => id, idOfCursor(after), limit)
    const items = page.items.map((campaign) => view(context, campaign))
    return reply.send({ items, next: page.more ? String(page.items.at(-1)?.id) : null })
  })
}

const show = (app: Api, context: ApiContext): void => {
  const described = operation('getCampaign', 'One campaign with its counts and its phase.', { params: idParams }, theCampaign)
  app.get(`${path}/:id`, described, (request, reply) => reply.send(view(context, campaignOf(context.operators.reads, request.params.id))))
}

const steps = [
  ['start', 'Starts a draft.', 'startCampaign'],
  ['pause', 'Starts no new tasks; those in progress continue.', 'pauseCampaign'],
  ['resume', 'Continues after a pause. What has finished so far no longer counts for abort rules.', 'resumeCampaign'],
] as const

const steer = (app: Api, context: ApiContext): void => {
  const { reads, campaigns } = context.operators
  for (const [step, summary, id] of steps) {
    app.post(`${path}/:id/${step}`, operation(id, summary, { params: idParams, body: noInput }, theCampaign), async (request, reply) =>
      reply.send(view(context, await campaigns[step](campaignOf(reads, request.params.id).id))),
    )
  }
}

const next = (app: Api, context: ApiContext): void => {
  const { reads, campaigns } = context.operators
  const described = operation(
    'nextPhase',
    'Opens the next phase, whatever the result of the one before it.',
    { params: idParams, body: nextInput },
    theCampaign,
  )
  app.post(`${path}/:id/next`, described, async (request, reply) => {
    const wanted = request.body?.phase
    const { id } = campaignOf(reads, request.params.id)
    return reply.send(view(context, await campaigns.nextPhase(id, wanted === undefined ? undefined : wanted - 1)))
  })
}

const cancel = (app: Api, context: ApiContext): void => {
  const { reads, campaigns } = context.operators
  const described = operation(
    'cancelCampaign',
    'Cancels the campaign; with `force`, tasks in progress too.',
    { params: idParams, body: cancelInput },
    theCampaign,
  )
  app.post(`${path}/:id/cancel`, described, async (request, reply) => {
    const { id } = campaignOf(reads, request.params.id)
    return reply.send(view(context, await campaigns.cancel(id, request.body?.force ?? false)))
  })
}

const retry = (app: Api, context: ApiContext): void => {
  const { reads, campaigns } = context.operators
  const described = operation(
    'retryCampaign',
    'Retries every device whose last attempt failed, timed out or was rejected, or those that are named.',
    { params: idParams, body: retryInput },
    { 200: answer('Retried', 'How many.') },
  )
  app.post(`${path}/:id/retry`, described, async (request, reply) =>
    reply.send({ retried: await campaigns.retry(campaignOf(reads, request.params.id).id, request.body?.devices) }),
  )
}

export const campaignRoutes = (app: Api, context: ApiContext): void => {
  for (const add of [create, list, show, steer, next, cancel, retry]) add(app, context)
}
