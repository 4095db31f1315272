// Campaigns: tried out, made, listed, and steered.

import { Type } from 'typebox'
import { OtaError } from '../../errors.ts'
import type { Campaign } from '../../ota/model.ts'
import { type Api, answer, base, listAnswer, problems, type Rooms } from '../api.ts'
import { campaignInput, campaignInputOf, createQuery } from '../campaign-inputs.ts'
import { campaignView, planView } from '../campaign-view.ts'
import { cancelInput, idParams, nextInput, noInput, pageQuery } from '../inputs.ts'
import { idOfCursor, parseId, smallest } from '../page.ts'

const tags = ['campaigns']

/** The campaign of that id, or OTA_CAMPAIGN_UNKNOWN. */
const found = ({ operators }: Rooms, text: string): Campaign => {
  const id = parseId(text)
  const campaign = id === undefined ? undefined : operators.reads.campaign(id)
  if (campaign === undefined)
    throw new OtaError('OTA_CAMPAIGN_UNKNOWN', `There is no campaign ${text}; GET ${base}/campaigns lists what there is.`)
  return campaign
}

const view = ({ operators, now }: Rooms, campaign: Campaign) => campaignView(operators, campaign, now())

const create = (app: Api, rooms: Rooms): void => {
  const { operators } = rooms
  const schema = {
    operationId: 'createCampaign',
    tags,
    summary: 'Makes a campaign; with `start` it runs at once. With `dryRun=true` only tells what it would do.',
    querystring: createQuery,
    body: campaignInput(rooms.ota),
    response: { 200: answer('Plan', 'What it would do; nothing was made.'), 201: answer('Campaign', 'Made.'), ...problems },
  }
  app.post(`${base}/campaigns`, { schema }, async (request, reply) => {
    const input = campaignInputOf(request.body)
    if (request.query.dryRun) return reply.code(200).send(planView(await operators.campaigns.dryRun(input, request.query.limit)))
    const warnings = [...(await operators.campaigns.warnings(input))]
    const campaign = await (request.body.start === true ? operators.campaigns.launch(input) : operators.campaigns.create(input))
    const made = view(rooms, campaign)
    return reply.code(201).send(warnings.length === 0 ? made : { ...made, warnings })
  })
}

const list = (app: Api, rooms: Rooms): void => {
  const schema = {
    operationId: 'listCampaigns',
    tags,
    summary: 'Campaigns, oldest first.',
    querystring: pageQuery,
    response: { 200: listAnswer(Type.Ref('Campaign'), 'A page.'), ...problems },
  }
  app.get(`${base}/campaigns`, { schema }, (request, reply) => {
    const { limit, after } = request.query
    const page = smallest(rooms.operators.reads.campaigns(), ({ id }) => id, idOfCursor(after), limit)
    const items = page.items.map((campaign) => view(rooms, campaign))
    return reply.send({ items, next: page.more ? String(page.items.at(-1)?.id) : null })
  })
}

const show = (app: Api, rooms: Rooms): void => {
  const schema = {
    operationId: 'getCampaign',
    tags,
    summary: 'One campaign with its counts and its phase.',
    params: idParams,
    response: { 200: answer('Campaign', 'The campaign.'), ...problems },
  }
  app.get(`${base}/campaigns/:id`, { schema }, (request, reply) => reply.send(view(rooms, found(rooms, request.params.id))))
}

const steps = [
  ['start', 'Starts a draft.', 'startCampaign'],
  ['pause', 'Hands out nothing new; what is in progress goes on.', 'pauseCampaign'],
  ['resume', 'Goes on after a pause. What has finished so far no longer counts for abort rules.', 'resumeCampaign'],
] as const

const steer = (app: Api, rooms: Rooms): void => {
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
      const campaign = await rooms.operators.campaigns[step](found(rooms, request.params.id).id)
      return reply.send(view(rooms, campaign))
    })
  }
}

const next = (app: Api, rooms: Rooms): void => {
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
    const { id } = found(rooms, request.params.id)
    return reply.send(view(rooms, await rooms.operators.campaigns.nextPhase(id, wanted === undefined ? undefined : wanted - 1)))
  })
}

const cancel = (app: Api, rooms: Rooms): void => {
  const schema = {
    operationId: 'cancelCampaign',
    tags,
    summary: 'Ends it for good; with `force` for those in progress too.',
    params: idParams,
    body: cancelInput,
    response: { 200: answer('Campaign', 'The campaign.'), ...problems },
  }
  app.post(`${base}/campaigns/:id/cancel`, { schema }, async (request, reply) => {
    const { id } = found(rooms, request.params.id)
    const campaign = await rooms.operators.campaigns.cancel(id, request.body?.force ?? false)
    return reply.send(view(rooms, campaign))
  })
}

const retry = (app: Api, rooms: Rooms): void => {
  const schema = {
    operationId: 'retryCampaign',
    tags,
    summary: 'Makes a new attempt for every device whose last one failed, timed out or was rejected.',
    params: idParams,
    body: noInput,
    response: { 200: answer('Retried', 'How many.'), ...problems },
  }
  app.post(`${base}/campaigns/:id/retry`, { schema }, async (request, reply) =>
    reply.send({ retried: await rooms.operators.campaigns.retry(found(rooms, request.params.id).id) }),
  )
}

export const campaignRoutes = (app: Api, rooms: Rooms): void => {
  create(app, rooms)
  list(app, rooms)
  show(app, rooms)
  steer(app, rooms)
  next(app, rooms)
  cancel(app, rooms)
  retry(app, rooms)
}
