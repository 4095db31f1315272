// Campaigns: tried out, made, listed, and steered.

import { Type } from 'typebox'
import { OtaError } from '../../errors.ts'
import type { Campaign } from '../../ota/model.ts'
import { type Api, type ApiContext, answer, base, listAnswer, problems } from '../api.ts'
import { campaignInput, campaignInputOf, createQuery } from '../campaign-inputs.ts'
import { campaignView, planView } from '../campaign-view.ts'
import { cancelInput, idParams, nextInput, noInput, pageQuery } from '../input-schemas.ts'
import { idOfCursor, parseId, smallest } from '../paging.ts'

const tags = ['campaigns']

/** The campaign of that id, or OTA_CAMPAIGN_UNKNOWN. */
const found = ({ operators }: ApiContext, text: string): Campaign => {
  const id = parseId(text)
  const campaign = id === undefined ? undefined : operators.reads.campaign(id)
  if (campaign === undefined)
    throw new OtaError('OTA_CAMPAIGN_UNKNOWN', `There is no campaign ${text}; GET ${base}/campaigns lists what there is.`)
  return campaign
}

const view = ({ operators, now }: ApiContext, campaign: Campaign) => campaignView(operators, campaign, now())

const create = (app: Api, context: ApiContext): void => {
  const { operators } = context
  const schema = {
    operationId: 'createCampaign',
    tags,
    summary: 'Makes a campaign; with `start` it runs at once. With `dryRun=true` only tells what it would do.',
    querystring: createQuery,
    body: campaignInput(context.ota),
    response: { 200: answer('Plan', 'What it would do; nothing was made.'), 201: answer('Campaign', 'Made.'), ...problems },
  }
  app.post(`${base}/campaigns`, { schema }, async (request, reply) => {
    const input = campaignInputOf(request.body)
    if (request.query.dryRun) return reply.code(200).send(planView(await operators.campaigns.dryRun(input, request.query.limit)))
    const warnings = [...(await operators.campaigns.warnings(input))]
    const campaign = await (request.body.start === true ? operators.campaigns.launch(input) : operators.campaigns.create(input))
    const made = view(context, campaign)
    return reply.code(201).send(warnings.length === 0 ? made : { ...made, warnings })
  })
}

const list = (app: Api, context: ApiContext): void => {
  const schema = {
    operationId: 'listCampaigns',
    tags,
    summary: 'Campaigns, oldest first.',
    querystring: pageQuery,
    response: { 200: listAnswer(Type.Ref('Campaign'), 'A page.'), ...problems },
  }
  app.get(`${base}/campaigns`, { schema }, (request, reply) => {
    const { limit, after } = request.query
    const page = smallest(context.operators.reads.campaigns(), ({ id }) => id, idOfCursor(after), limit)
    const items = page.items.map((campaign) => view(context, campaign))
    return reply.send({ items, next: page.more ? String(page.items.at(-1)?.id) : null })
  })
}

const show = (app: Api, context: ApiContext): void => {
  const schema = {
    operationId: 'getCampaign',
    tags,
    summary: 'One campaign with its counts and its phase.',
    params: idParams,
    response: { 200: answer('Campaign', 'The campaign.'), ...problems },
  }
  app.get(`${base}/campaigns/:id`, { schema }, (request, reply) => reply.send(view(context, found(context, request.params.id))))
}

const steps = [
  ['start', 'Starts a draft.', 'startCampaign'],
  ['pause', 'Hands out nothing new; what is in progress goes on.', 'pauseCampaign'],
  ['resume', 'Goes on after a pause. What has finished so far no longer counts for abort rules.', 'resumeCampaign'],
] as const

const steer = (app: Api, context: ApiContext): void => {
  for (const [step, summary, operation] of steps) {
    const schema = {
      operationId: operation,
      tags,
      summary,
      params: idParams,
      body: noInput,
      response: { 200: answer('Campaign', 'The campaign.'), ...problems },
    }
    app.post(`${base}/campaigns/:id/${step}`, { schema }, async (request, reply) => {
      const campaign = await context.operators.campaigns[step](found(context, request.params.id).id)
      return reply.send(view(context, campaign))
    })
  }
}

const next = (app: Api, context: ApiContext): void => {
  const schema = {
    operationId: 'nextPhase',
    tags,
    summary: 'Opens the next phase, whatever the one before it says.',
    params: idParams,
    body: nextInput,
    response: { 200: answer('Campaign', 'The campaign.'), ...problems },
  }
  app.post(`${base}/campaigns/:id/next`, { schema }, async (request, reply) => {
    const wanted = request.body?.phase
    const { id } = found(context, request.params.id)
    return reply.send(view(context, await context.operators.campaigns.nextPhase(id, wanted === undefined ? undefined : wanted - 1)))
  })
}

const cancel = (app: Api, context: ApiContext): void => {
  const schema = {
    operationId: 'cancelCampaign',
    tags,
    summary: 'Ends it for good; with `force` for those in progress too.',
    params: idParams,
    body: cancelInput,
    response: { 200: answer('Campaign', 'The campaign.'), ...problems },
  }
  app.post(`${base}/campaigns/:id/cancel`, { schema }, async (request, reply) => {
    const { id } = found(context, request.params.id)
    const campaign = await context.operators.campaigns.cancel(id, request.body?.force ?? false)
    return reply.send(view(context, campaign))
  })
}

const retry = (app: Api, context: ApiContext): void => {
  const schema = {
    operationId: 'retryCampaign',
    tags,
    summary: 'Makes a new attempt for every device whose last one failed, timed out or was rejected.',
    params: idParams,
    body: noInput,
    response: { 200: answer('Retried', 'How many.'), ...problems },
  }
  app.post(`${base}/campaigns/:id/retry`, { schema }, async (request, reply) =>
    reply.send({ retried: await context.operators.campaigns.retry(found(context, request.params.id).id) }),
  )
}

export const campaignRoutes = (app: Api, context: ApiContext): void => {
  create(app, context)
  list(app, context)
  show(app, context)
  steer(app, context)
  next(app, context)
  cancel(app, context)
  retry(app, context)
}
