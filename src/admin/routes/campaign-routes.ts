// Campaigns: planned, created, listed, and steered.

import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Campaign } from '../../ota/model.ts'
import type { StepBy } from '../../ota/policy.ts'
import type { Turns } from '../../ota/ports/store.ts'
import { type Sentence, sentence } from '../../sentences/sentence.ts'
import { sortedInPieces } from '../../sorted.ts'
import { type Api, type ApiContext, answer, base, listAnswer, noContent, operations, orCsv } from '../api.ts'
import { actorOf } from '../callers.ts'
import { type CampaignBody, campaignChanges, campaignChangesOf, campaignInput, campaignInputOf, createQuery } from '../campaign-inputs.ts'
import type { CampaignJson } from '../campaign-schemas.ts'
import { campaignView, planView } from '../campaign-view.ts'
import { sendCsv, wantsCsv } from '../csv-answer.ts'
import { campaignsTable } from '../csv-columns.ts'
import { type CurrentRecord, campaignTag, ifMatchHeaders, mayChange } from '../etags.ts'
import { campaignQuery, cancelInput, idParams, nextInput, noInput, retryInput } from '../input-schemas.ts'
import { campaignOf } from '../lookups.ts'
import { idOfCursor, smallest } from '../paging.ts'
import { checkKey, createRepeats, digestOf, type KeyedRequest, keyHeaders, keyMs, ownKey, type Repeats } from '../repeats.ts'
import { warningsView } from '../sentence-views.ts'

const operation = operations('campaigns')
const path = `${base}/campaigns`
const theCampaign = { 200: answer('Campaign', 'The campaign.') }

const named = ({ id }: Campaign): Sentence => sentence('campaign_named', { campaign: String(id) })

const view = ({ operators, now }: ApiContext, campaign: Campaign) => campaignView(operators, campaign, now())

/** The campaign that this request has made before, within 24 hours; OTA_KEY_REUSED if another one had its key. */
const madeBy = ({ operators, now }: ApiContext, sent: KeyedRequest): Campaign | undefined => {
  for (const campaign of operators.reads.campaigns()) {
    const { request, createdAt } = campaign
    if (request?.key !== sent.key || now() - createdAt >= keyMs) continue
    checkKey(request, sent)
    return campaign
  }
  return undefined
}

/** Who takes the step: the server itself makes no request. */
const byOf = (request: FastifyRequest): StepBy => {
  const { kind, name } = actorOf(request).caller
  return { kind: kind === 'server' ? 'file' : kind, name }
}

const make = async (context: ApiContext, body: CampaignBody, by: StepBy, request?: KeyedRequest): Promise<CampaignJson> => {
  const { campaigns } = context.operators
  const input = { ...campaignInputOf(body), ...(request === undefined ? {} : { request }) }
  const warnings = await campaigns.warnings(input)
  const created = view(context, await (body.start === true ? campaigns.launch(input, by) : campaigns.create(input)))
  return warnings.length === 0 ? created : { ...created, ...warningsView(warnings) }
}

/** Once for each key: what runs now is waited for, what was made is shown as it is now. */
const makeOnce = async (
  context: ApiContext,
  running: Repeats<CampaignJson>,
  body: CampaignBody,
  request: FastifyRequest,
  key: string | undefined,
): Promise<CampaignJson> => {
  if (key === undefined) return make(context, body, byOf(request))
  const sent = { key: ownKey(actorOf(request).caller, key), digest: await digestOf(Buffer.from(JSON.stringify(body))) }
  // Without a turn of the event loop from here on: another request with the key could come between.
  const answered = running.of(sent)
  const made = answered === undefined ? madeBy(context, sent) : undefined
  request.isRepeat = answered !== undefined || made !== undefined
  if (answered !== undefined) return await answered
  return made === undefined ? await running.run(sent, () => make(context, body, byOf(request), sent)) : view(context, made)
}

const create = (app: Api, context: ApiContext): void => {
  const { campaigns, reads } = context.operators
  const running = createRepeats<CampaignJson>(context.now, false)
  const described = operation(
    'createCampaign',
    'Creates a campaign; with `start` it runs at once. With `dryRun=true` it only says what it would do.',
    { querystring: createQuery, headers: keyHeaders, body: campaignInput(context.ota) },
    { 200: answer('Plan', 'What it would do; nothing was created.'), 201: answer('Campaign', 'Created.') },
  )
  app.post(path, described, async (request, reply) => {
    if (request.query.dryRun)
      return reply.code(200).send(planView(await campaigns.dryRun(campaignInputOf(request.body), request.query.limit)))
    const created = await makeOnce(context, running, request.body, request, request.headers['idempotency-key'])
    return tagged(reply.code(201), reads.campaign(Number(created.id))).send(created)
  })
}

/** With its ETag. */
const tagged = <R extends FastifyReply>(reply: R, campaign: Campaign | undefined): R => {
  if (campaign !== undefined) void reply.header('etag', campaignTag(campaign))
  return reply
}

const currentOf = (context: ApiContext, campaign: Campaign): CurrentRecord => ({
  etag: campaignTag(campaign),
  view: () => view(context, campaign),
})

const edit = (app: Api, context: ApiContext): void => {
  const { reads, campaignEdits } = context.operators
  const described = operation(
    'editCampaign',
    'Changes a draft: the given fields, each as a whole.',
    { params: idParams, headers: ifMatchHeaders, body: campaignChanges(context.ota) },
    theCampaign,
  )
  app.patch(`${path}/:id`, described, async (request, reply) => {
    const campaign = campaignOf(reads, request.params.id)
    if (!mayChange(reply, request.headers['if-match'], named(campaign), currentOf(context, campaign))) return reply
    const edited = await campaignEdits.edit(campaign.id, campaignChangesOf(request.body))
    return tagged(reply, edited).send(view(context, edited))
  })
}

const remove = (app: Api, context: ApiContext): void => {
  const { reads, campaignEdits } = context.operators
  const described = operation(
    'deleteCampaign',
    'Removes a draft, or a campaign that has ended. Its ended tasks stay until they are old.',
    { params: idParams, headers: ifMatchHeaders },
    { 204: noContent },
  )
  app.delete(`${path}/:id`, described, async (request, reply) => {
    const campaign = campaignOf(reads, request.params.id)
    if (!mayChange(reply, request.headers['if-match'], named(campaign), currentOf(context, campaign))) return reply
    await campaignEdits.remove(campaign.id)
    return reply.code(204).send(null)
  })
}

const list = (app: Api, context: ApiContext): void => {
  const described = operation(
    'listCampaigns',
    'Campaigns, oldest or newest first.',
    { querystring: campaignQuery },
    { 200: orCsv(listAnswer(Type.Ref('Campaign'), 'A page.')) },
  )
  app.get(path, described, (request, reply) => {
    const { limit, after, status, kind, sort, bom } = request.query
    const { operators, now } = context
    const sign = sort === '-id' ? -1 : 1
    const isAsked = (campaign: Campaign): boolean =>
      (campaign.station !== undefined) === (kind === 'station') && (status === undefined || campaign.status === status)
    if (wantsCsv(request, request.query)) {
      const items = (turns: Turns) => allCampaigns([...operators.reads.campaigns()].filter(isAsked), sign, turns)
      return sendCsv(context, request, reply, { name: 'campaigns', bom, table: campaignsTable(operators, now), items })
    }
    const last = idOfCursor(after)
    const from = last === undefined ? undefined : sign * last
    const page = smallest(operators.reads.campaigns(), ({ id }) => sign * id, from, limit, isAsked)
    const items = page.items.map((campaign) => view(context, campaign))
    return reply.send({ items, next: page.more ? String(page.items.at(-1)?.id) : null })
  })
}

async function* allCampaigns(campaigns: readonly Campaign[], sign: number, turns: Turns): AsyncGenerator<readonly Campaign[]> {
  const sorted = await sortedInPieces(campaigns, (one, other) => sign * (one.id - other.id), turns)
  for (const campaign of sorted) yield [campaign]
}

const show = (app: Api, context: ApiContext): void => {
  const described = operation('getCampaign', 'One campaign with its counts and its phase.', { params: idParams }, theCampaign)
  app.get(`${path}/:id`, described, (request, reply) => {
    const campaign = campaignOf(context.operators.reads, request.params.id)
    return tagged(reply, campaign).send(view(context, campaign))
  })
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
      reply.send(view(context, await campaigns[step](campaignOf(reads, request.params.id).id, byOf(request)))),
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
    return reply.send(view(context, await campaigns.nextPhase(id, wanted === undefined ? undefined : wanted - 1, byOf(request))))
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
    return reply.send(view(context, await campaigns.cancel(id, request.body?.force ?? false, byOf(request))))
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
    reply.send({ retried: await campaigns.retry(campaignOf(reads, request.params.id).id, request.body?.devices, byOf(request)) }),
  )
}

export const campaignRoutes = (app: Api, context: ApiContext): void => {
  for (const add of [create, list, show, edit, remove, steer, next, cancel, retry]) add(app, context)
}
