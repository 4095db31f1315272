// Tasks: the list by filters, one task with its history, and the two things that an operator may do to one.

import { Type } from 'typebox'
import { OtaError } from '../../errors.ts'
import { type Api, type ApiContext, answer, base, listAnswer, problems } from '../api.ts'
import { idParams, noInput, taskQuery } from '../input-schemas.ts'
import { idOfCursor, parseId } from '../paging.ts'
import { taskRecordView, taskView } from '../views.ts'

const tags = ['tasks']

const unknown = (text: string): OtaError =>
  new OtaError('OTA_TASK_UNKNOWN', `There is no task ${text}; GET ${base}/tasks lists what there is.`)

const idOf = (text: string): number => {
  const id = parseId(text)
  if (id === undefined) throw unknown(text)
  return id
}

/** The campaign's id; OTA_CAMPAIGN_UNKNOWN. Campaigns stay for good. */
const campaignOf = ({ operators }: ApiContext, text: string): number => {
  const id = parseId(text)
  if (id !== undefined && operators.reads.campaign(id) !== undefined) return id
  throw new OtaError('OTA_CAMPAIGN_UNKNOWN', `There is no campaign ${text}; GET ${base}/campaigns lists what there is.`)
}

/** OTA_DEVICE_UNKNOWN where there is neither the device nor a task of it: one that was removed has left its tasks. */
const mustBeOrHaveBeen = async ({ operators: { reads, queries } }: ApiContext, device: string): Promise<void> => {
  if (reads.device(device) !== undefined) return
  const { items } = await queries.tasks({ device, allAttempts: true, limit: 1 })
  if (items.length > 0) return
  throw new OtaError('OTA_DEVICE_UNKNOWN', `There is no device ${device}, and no task of one; GET ${base}/devices lists what there is.`)
}

const list = (app: Api, context: ApiContext): void => {
  const { operators } = context
  const schema = {
    operationId: 'listTasks',
    tags,
    summary: "Each device's newest attempt; all of them with attempts=all.",
    querystring: taskQuery,
    response: { 200: listAnswer(Type.Ref('Task'), 'A page.'), ...problems },
  }
  app.get(`${base}/tasks`, { schema }, async (request, reply) => {
    const { campaign, device, state, attempts, limit, after } = request.query
    const last = idOfCursor(after)
    if (device !== undefined) await mustBeOrHaveBeen(context, device)
    const page = await operators.queries.tasks({
      limit,
      ...(campaign === undefined ? {} : { campaign: campaignOf(context, campaign) }),
      ...(device === undefined ? {} : { device }),
      ...(state === undefined ? {} : { state }),
      ...(attempts === undefined ? {} : { allAttempts: true }),
      ...(last === undefined ? {} : { after: last }),
    })
    const items = page.items.map((task) => taskView(operators, task))
    return reply.send({ items, next: page.next === null ? null : String(page.next) })
  })
}

const show = (app: Api, { operators }: ApiContext): void => {
  const schema = {
    operationId: 'getTask',
    tags,
    summary: 'One task with its history.',
    params: idParams,
    response: { 200: answer('TaskRecord', 'The task.'), ...problems },
  }
  app.get(`${base}/tasks/:id`, { schema }, async (request, reply) => {
    const task = await operators.queries.task(idOf(request.params.id))
    if (task === undefined) throw unknown(request.params.id)
    return reply.send(taskRecordView(operators, task))
  })
}

const acts = [
  ['cancel', 'Ends it.', 'cancelTask'],
  ['push', 'Offers it to the device again, now.', 'pushTask'],
] as const

const act = (app: Api, { operators }: ApiContext): void => {
  for (const [name, summary, operation] of acts) {
    const schema = {
      operationId: operation,
      tags,
      summary,
      params: idParams,
      body: noInput,
      response: { 200: answer('Task', 'The task.'), ...problems },
    }
    app.post(`${base}/tasks/:id/${name}`, { schema }, async (request, reply) =>
      reply.send(taskView(operators, await operators.tasks[name](idOf(request.params.id)))),
    )
  }
}

export const taskRoutes = (app: Api, context: ApiContext): void => {
  list(app, context)
  show(app, context)
  act(app, context)
}
