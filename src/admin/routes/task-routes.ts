// Tasks: the list by filters, one task with its history, and the two things that an operator can do with one.

import { Type } from 'typebox'
import type { Turns } from '../../ota/ports/store.ts'
import { type Api, type ApiContext, answer, base, listAnswer, operations, orCsv } from '../api.ts'
import { sendCsv, wantsCsv } from '../csv-answer.ts'
import { tasksTable } from '../csv-columns.ts'
import { idParams, noInput, taskQuery } from '../input-schemas.ts'
import { campaignOf, checkDeviceOfTasks, taskIdOf, taskOf } from '../lookups.ts'
import { idOfCursor } from '../paging.ts'
import { taskRecordView, taskView } from '../views.ts'

const operation = operations('tasks')
const path = `${base}/tasks`

const list = (app: Api, context: ApiContext): void => {
  const { operators } = context
  const { reads, queries } = operators
  const described = operation(
    'listTasks',
    "Each device's newest attempt; all of them with attempts=all.",
    { querystring: taskQuery },
    { 200: orCsv(listAnswer(Type.Ref('Task'), 'A page.')) },
  )
  app.get(path, described, async (request, reply) => {
    const { campaign, device, state, attempts, limit, after, bom } = request.query
    const last = idOfCursor(after)
    const isCsv = wantsCsv(request, request.query)
    if (device !== undefined) await checkDeviceOfTasks(reads, queries, device)
    const filter = {
      ...(campaign === undefined ? {} : { campaign: campaignOf(reads, campaign).id }),
      ...(device === undefined ? {} : { device }),
      ...(state === undefined ? {} : { state }),
      ...(attempts === undefined ? {} : { allAttempts: true }),
    }
    if (isCsv) {
      const items = (turns: Turns) => queries.allTasks(filter, turns)
      return sendCsv(context, request, reply, { name: 'tasks', bom, table: tasksTable(operators), items })
    }
    const page = await queries.listed({ ...filter, limit, ...(last === undefined ? {} : { after: last }) })
    const items = page.items.map((task) => taskView(operators, task))
    return reply.send({ items, next: page.next === null ? null : String(page.next) })
  })
}

const show = (app: Api, { operators }: ApiContext): void => {
  const described = operation('getTask', 'One task with its history.', { params: idParams }, { 200: answer('TaskRecord', 'The task.') })
  app.get(`${path}/:id`, described, async (request, reply) =>
    reply.send(taskRecordView(operators, await taskOf(operators.queries, request.params.id))),
  )
}

const acts = [
  ['cancel', 'Cancels the task.', 'cancelTask'],
  ['push', 'Offers it to the device again, now.', 'pushTask'],
] as const

const act = (app: Api, { operators }: ApiContext): void => {
  for (const [name, summary, id] of acts) {
    const described = operation(id, summary, { params: idParams, body: noInput }, { 200: answer('Task', 'The task.') })
    app.post(`${path}/:id/${name}`, described, async (request, reply) =>
      reply.send(taskView(operators, await operators.tasks[name](taskIdOf(request.params.id)))),
    )
  }
}

export const taskRoutes = (app: Api, context: ApiContext): void => {
  for (const add of [list, show, act]) add(app, context)
}
