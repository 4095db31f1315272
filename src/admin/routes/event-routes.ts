// Events as server-sent events (WHATWG HTML §9.2): live, resumed by id, with comments that keep the connection open.
// A client that reads nothing for two heartbeats, or falls too far behind, is disconnected; it reconnects with its last id.

import type { ServerResponse } from 'node:http'
import { Type } from 'typebox'
import { faultAt } from '../../errors.ts'
import type { Reads } from '../../ota/ports/store.ts'
import { connectionSentence } from '../../ota/rules/connection-sentence.ts'
import { reaches } from '../../roles.ts'
import { sentence } from '../../sentences/sentence.ts'
import { type Api, type ApiContext, base, operations } from '../api.ts'
import { actorOf } from '../callers.ts'
import { campaignView } from '../campaign-view.ts'
import { pattern } from '../device-search.ts'
import type { EventEntry, EventFilter } from '../event-log.ts'
import { type EventsQuery, eventsHeaders, eventsQuery } from '../input-schemas.ts'
import { isoTime } from '../iso-time.ts'
import { campaignOf } from '../lookups.ts'
import { securityHeaders } from '../security-headers.ts'
import { saidView } from '../sentence-views.ts'
import { badRequest } from '../validation.ts'
import { taskView } from '../views.ts'

const heartbeat = 15_000
const retryMs = 2_000
/** Entries that are written before the client's buffer is checked again. */
const portion = 64

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  ...securityHeaders,
  'x-accel-buffering': 'no',
}

const dataOf = ({ operators, now }: ApiContext, { at, event }: EventEntry): object | undefined => {
  if (event.type === 'task') return taskView(operators, event.task)
  if (event.type === 'campaign') {
    const campaign = operators.reads.campaign(event.campaign)
    return campaign === undefined ? undefined : campaignView(operators, campaign, now())
  }
  const { type, ...rest } = event
  const said = type === 'device' && event.what === 'refused' ? saidView(connectionSentence(event)) : {}
  return { ...rest, ...said, at: isoTime(at) }
}

/** JSON holds no line ends, so one data line is enough. */
const frame = (context: ApiContext, entry: EventEntry): string => {
  const data = dataOf(context, entry)
  if (data !== undefined) return `id: ${entry.id}\nevent: ${entry.event.type}\ndata: ${JSON.stringify(data)}\n\n`
  const campaign = entry.event.type === 'campaign' ? String(entry.event.campaign) : null
  return `id: ${entry.id}\nevent: removed\ndata: ${JSON.stringify({ campaign, at: isoTime(entry.at) })}\n\n`
}

/** What a new stream begins with: when to reconnect, and with which id (or that some events were lost). */
const opening = (latest: number, after: number | undefined, gap: boolean): string => {
  const start = `retry: ${retryMs}\n\n`
  if (gap) return `${start}id: ${latest}\nevent: reset\ndata: {}\n\n`
  // Without data this is no event, only the id to reconnect with.
  return after === undefined ? `${start}id: ${latest}\n\n` : start
}

/** The one text that all who watch the overview are sent, at most once a second. A client that reads nothing for two heartbeats is disconnected. */
const openOverview = (response: ServerResponse, { events, feed, heartbeatMs = heartbeat }: ApiContext, after: number | undefined): void => {
  let isBlocked = false
  let missed = 0
  const write = (text: string): boolean => {
    if (response.destroyed || response.writableEnded) return false
    isBlocked = !response.write(text)
    return !isBlocked
  }
  response.writeHead(200, headers)
  write(opening(events.latest, after, after !== undefined && events.isGap(after)))
  const watching = feed.watch({ send: (json) => write(`id: ${events.latest}\nevent: overview\ndata: ${json}\n\n`) })
  const beat = setInterval(() => {
    if (isBlocked && ++missed > 1) response.destroy()
    if (!isBlocked) write(': ping\n\n')
  }, heartbeatMs)
  response.on('drain', () => {
    isBlocked = false
    missed = 0
    watching.refresh()
  })
  response.once('close', () => {
    clearInterval(beat)
    watching.close()
  })
}

/** Writes waiting entries as fast as the client reads them, until one side closes the connection. */
const openStream = (response: ServerResponse, context: ApiContext, filter: EventFilter, after: number | undefined): void => {
  const { events, heartbeatMs = heartbeat } = context
  let isBlocked = false
  let isAwake = false
  let missed = 0
  const write = (text: string): void => {
    isBlocked = !response.write(text)
  }
  const flush = (): void => {
    isAwake = false
    if (subscription.overrun) response.destroy()
    while (!isBlocked && !response.destroyed && !response.writableEnded) {
      const entries = subscription.take(portion)
      if (entries.length === 0) return
      write(entries.map((entry) => frame(context, entry)).join(''))
    }
  }
  const wake = (): void => {
    // Events of one turn of the event loop are written together.
    if (!isAwake) setImmediate(flush)
    isAwake = true
  }
  const subscription = events.subscribe(filter, after, wake)
  const beat = setInterval(() => {
    if (isBlocked && ++missed > 1) response.destroy()
    if (!isBlocked && !response.writableEnded) write(': ping\n\n')
  }, heartbeatMs)
  response.on('drain', () => {
    isBlocked = false
    missed = 0
    flush()
  })
  response.once('close', () => {
    clearInterval(beat)
    subscription.close()
  })
  response.writeHead(200, headers)
  write(opening(events.latest, after, subscription.gap))
}

/** What the client has seen. undefined: it asks for no past events; what cannot be one of our ids counts as older than all. */
const lastSeen = (text: string | undefined): number | undefined => {
  if (text === undefined || text === '') return undefined
  return /^\d{1,16}$/.test(text) ? Number(text) : -1
}

/** Beside `only=overview` nothing can be chosen: everybody gets the same. */
const checkOverview = ({ only, ...rest }: EventsQuery): void => {
  const faults = Object.entries(rest).flatMap(([path, value]) =>
    value === undefined ? [] : [faultAt(path, sentence('field_not_with_overview'))],
  )
  if (only === 'overview' && faults.length > 0) throw badRequest(faults)
}

const filterOf = (reads: Pick<Reads, 'campaign'>, query: EventsQuery): EventFilter => {
  checkOverview(query)
  const { only, campaign, device, product, name, among } = query
  return {
    only: only === 'overview' ? undefined : only,
    campaign: campaign === undefined ? undefined : campaignOf(reads, campaign).id,
    device,
    product,
    name: name === undefined ? undefined : pattern(name),
    among: among === undefined ? undefined : new Set(among),
  }
}

const operation = operations('events')

export const eventRoutes = (app: Api, context: ApiContext): void => {
  const { reads } = context.operators
  const described = operation(
    'getEvents',
    'Task, campaign and device changes as they happen, as server-sent events. The header Last-Event-ID resumes.',
    {
      description:
        'Events: `task` (a Task), `campaign` (a Campaign), `device` ({device, what, detail?, address?, newAddress?, at}; of `refused`: {device, what, reason, text, code, params, clientId, user, address, at}), `message` ({device, direction, text, at}, ' +
        'of `refused` also code and params; only with `device=`, and from the role operator on), `overview` (the fields of Overview that have changed, all of them at first; only with `only=overview`), `removed` ({campaign, at}: it is no more), `reset` (some events were lost: read everything again).',
      querystring: eventsQuery,
      headers: eventsHeaders,
    },
    { 200: { description: 'A stream.', content: { 'text/event-stream': { schema: Type.String() } } } },
  )
  app.get(`${base}/events`, { ...described, exposeHeadRoute: false }, (request, reply) => {
    const { lastEventId, ...query } = request.query
    const { caller } = actorOf(request)
    const filter = { ...filterOf(reads, query), messages: reaches(caller.role, 'operator') }
    const after = lastSeen(request.headers['last-event-id'] ?? lastEventId)
    if (reply.raw.destroyed) return
    reply.hijack()
    const stream = { caller, endsByItself: false, end: () => reply.raw.end() }
    context.streams.add(stream)
    reply.raw.once('close', () => context.streams.delete(stream))
    if (query.only === 'overview') openOverview(reply.raw, context, after)
    else openStream(reply.raw, context, filter, after)
  })
}
