// Campaigns: made, listed, and steered. What comes with later work is refused by its name, never quietly ignored.

import { Type } from 'typebox'
import { OtaError } from '../../errors.ts'
import type { CampaignInput } from '../../ota/inputs.ts'
import type { Campaign, Target } from '../../ota/model.ts'
import type { Operators } from '../../ota/ports.ts'
import { type Api, answer, base, listAnswer, problems, type Rooms } from '../api.ts'
import { type CampaignBody, campaignInput, cancelInput, idParams, pageQuery } from '../inputs.ts'
import { idOfCursor, parseId, smallest } from '../page.ts'
import { campaignView } from '../views.ts'

const tags = ['campaigns']

/** The campaign of that id, or OTA_CAMPAIGN_UNKNOWN. */
const found = ({ operators }: Rooms, text: string): Campaign => {
  const id = parseId(text)
  const campaign = id === undefined ? undefined : operators.store.campaign(id)
  if (campaign === undefined)
    throw new OtaError('OTA_CAMPAIGN_UNKNOWN', `There is no campaign ${text}; GET ${base}/campaigns lists what there is.`)
  return campaign
}

/** Whether a field of later work asks for nothing. */
const asksNothing = (value: unknown): boolean =>
  value === undefined || value === null || value === false || (typeof value === 'object' && Object.keys(value).length === 0)

const refuseLater = (body: CampaignBody): void => {
  const later = {
    phases: body.phases,
    abort: body.abort,
    'rate.perMinute': body.rate?.perMinute,
    schedule: body.schedule,
    overwrite: body.overwrite,
  }
  const asked = Object.entries(later)
    .filter(([, value]) => !asksNothing(value))
    .map(([name]) => name)
  if (asked.length === 0) return
  const faults = asked.map((path) => ({ path, message: 'is not supported yet: leave it out' }))
  throw new OtaError(
    'OTA_NOT_SUPPORTED',
    `${asked.join(', ')} ${asked.length === 1 ? 'is' : 'are'} not supported yet: leave ${asked.length === 1 ? 'it' : 'them'} out.`,
    { faults },
  )
}

const targetOf = ({ devices, tags: labels, from, exclude, continuous }: NonNullable<CampaignBody['target']>): Partial<Target> => ({
  ...(devices === undefined ? {} : { devices }),
  ...(labels === undefined ? {} : { tags: labels }),
  // As versions are read from devices: trimmed.
  ...(from === undefined ? {} : { from: from.map((version) => version.trim()) }),
  ...(exclude === undefined ? {} : { exclude }),
  ...(continuous === undefined ? {} : { continuous }),
})

const inputOf = (body: CampaignBody): CampaignInput => {
  const firmware = parseId(String(body.firmware))
  if (firmware === undefined)
    throw new OtaError('OTA_FIRMWARE_UNKNOWN', `There is no firmware ${body.firmware}; GET ${base}/firmware lists what there is.`)
  const { name, target, rate, timeouts, retry, push, reflash } = body
  return {
    firmware,
    ...(name === undefined ? {} : { name }),
    ...(target === undefined ? {} : { target: targetOf(target) }),
    ...(rate?.maxInProgress === undefined ? {} : { rate: { maxInProgress: rate.maxInProgress } }),
    ...(Array.isArray(body.abort) && body.abort.length === 0 ? { abort: [] } : {}),
    ...(timeouts === undefined ? {} : { timeouts }),
    ...(retry === undefined ? {} : { retry }),
    ...(push === undefined ? {} : { push }),
    ...(reflash === undefined ? {} : { reflash }),
  }
}

/** Made and started is one wish: where it cannot start, no draft stays behind that would hold the firmware. */
const startOrCancel = async (operators: Operators, draft: Campaign): Promise<Campaign> => {
  try {
    return await operators.startCampaign(draft.id)
  } catch (cause) {
    await operators.cancelCampaign(draft.id, false).catch(() => undefined)
    throw cause
  }
}

const create = (app: Api, { operators, ota }: Rooms): void => {
  const schema = {
    operationId: 'createCampaign',
    tags,
    summary: 'Makes a campaign; with `start` it runs at once.',
    body: campaignInput(ota),
    response: { 201: answer('Campaign', 'Made.'), ...problems },
  }
  app.post(`${base}/campaigns`, { schema }, async (request, reply) => {
    refuseLater(request.body)
    const draft = await operators.createCampaign(inputOf(request.body))
    const campaign = request.body.start === true ? await startOrCancel(operators, draft) : draft
    return reply.code(201).send(campaignView(operators, campaign))
  })
}

const list = (app: Api, { operators }: Rooms): void => {
  const schema = {
    operationId: 'listCampaigns',
    tags,
    summary: 'Campaigns, oldest first.',
    querystring: pageQuery,
    response: { 200: listAnswer(Type.Ref('Campaign'), 'A page.'), ...problems },
  }
  app.get(`${base}/campaigns`, { schema }, (request, reply) => {
    const { limit, after } = request.query
    const page = smallest(operators.store.campaigns(), ({ id }) => id, idOfCursor(after), limit)
    const items = page.items.map((campaign) => campaignView(operators, campaign))
    return reply.send({ items, next: page.more ? String(page.items.at(-1)?.id) : null })
  })
}

const show = (app: Api, rooms: Rooms): void => {
  const schema = {
    operationId: 'getCampaign',
    tags,
    summary: 'One campaign with its counts.',
    params: idParams,
    response: { 200: answer('Campaign', 'The campaign.'), ...problems },
  }
  app.get(`${base}/campaigns/:id`, { schema }, (request, reply) =>
    reply.send(campaignView(rooms.operators, found(rooms, request.params.id))),
  )
}

const steps = [
  ['start', 'Starts a draft.', 'startCampaign'],
  ['pause', 'Tells no further device; what is in progress goes on.', 'pauseCampaign'],
  ['resume', 'Goes on after a pause.', 'resumeCampaign'],
] as const

const steer = (app: Api, rooms: Rooms): void => {
  for (const [step, summary, operation] of steps) {
    const schema = {
      operationId: operation,
      tags,
      summary,
      params: idParams,
      response: { 200: answer('Campaign', 'The campaign.'), ...problems },
    }
    app.post(`${base}/campaigns/:id/${step}`, { schema }, async (request, reply) => {
      const campaign = await rooms.operators[operation](found(rooms, request.params.id).id)
      return reply.send(campaignView(rooms.operators, campaign))
    })
  }
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
    const campaign = await rooms.operators.cancelCampaign(id, request.body?.force ?? false)
    return reply.send(campaignView(rooms.operators, campaign))
  })
}

const retry = (app: Api, rooms: Rooms): void => {
  const schema = {
    operationId: 'retryCampaign',
    tags,
    summary: 'Makes a new attempt for every device whose last one failed, timed out or was rejected.',
    params: idParams,
    response: { 200: answer('Retried', 'How many.'), ...problems },
  }
  app.post(`${base}/campaigns/:id/retry`, { schema }, async (request, reply) =>
    reply.send({ retried: await rooms.operators.retryCampaign(found(rooms, request.params.id).id) }),
  )
}

const next = (app: Api, rooms: Rooms): void => {
  const schema = {
    operationId: 'nextCampaign',
    tags,
    summary: 'Goes to the next phase. Not supported yet.',
    params: idParams,
    response: { ...problems },
  }
  app.post(`${base}/campaigns/:id/next`, { schema }, (request) => {
    const { id } = found(rooms, request.params.id)
    throw new OtaError('OTA_NOT_SUPPORTED', `Campaign ${id} has no phases: they are not supported yet.`)
  })
}

export const campaignRoutes = (app: Api, rooms: Rooms): void => {
  create(app, rooms)
  list(app, rooms)
  show(app, rooms)
  steer(app, rooms)
  cancel(app, rooms)
  retry(app, rooms)
  next(app, rooms)
}
