// Events as server-sent events: live, resumed by id. A client that falls too far behind is disconnected; it reconnects with its last id.

import type { ServerResponse } from 'node:http'
import { Type } from 'typebox'
import { faultAt } from '../../errors.ts'
import type { Caller } from '../../ota/ports/access.ts'
import type { Reads } from '../../ota/ports/store.ts'
import { reaches } from '../../roles.ts'
import { type Language, type Sentence, sentence } from '../../sentences/sentence.ts'
import { type Api, type ApiContext, base, operations } from '../api.ts'
import { actorOf } from '../callers.ts'
import type { EventFilter } from '../event-filter.ts'
import { eventFrame, openEventStream } from '../event-stream.ts'
import { createTurnTexts, type EventTexts } from '../event-texts.ts'
import { type EventsQuery, eventsHeaders, eventsQuery } from '../input-schemas.ts'
import { languageOf } from '../language.ts'
import { campaignOf } from '../lookups.ts'
import type { PageWishes } from '../page-feed.ts'
import { openPage } from '../page-stream.ts'
import { mustBeOfStation, mustReach } from '../rights.ts'
import { pattern } from '../text-search.ts'
import { badRequest } from '../validation.ts'

const pingMs = 1000
/** Entries that are written before the client's buffer is checked again. */
const portion = 64

/** The one text that all who watch the overview are sent, at most once a second. */
const openOverview = (response: ServerResponse, context: ApiContext, language: Language, after: number | undefined): void => {
  const { events, feed } = context
  const stream = openEventStream(response, context, language, after, { drained: () => watching.refresh(), closed: () => watching.close() })
  const watching = feed.watch({ language, send: (json) => stream.write(eventFrame(events.latest, 'overview', json)) })
}

/** Writes waiting entries as fast as the client reads them, until one side closes the connection. */
const openStream = (
  response: ServerResponse,
  context: ApiContext,
  textOf: EventTexts,
  language: Language,
  filter: EventFilter,
  after: number | undefined,
): void => {
  let isAwake = false
  const flush = (): void => {
    isAwake = false
    if (subscription.overrun) response.destroy()
    while (stream.takes()) {
      const entries = subscription.take(portion)
      if (entries.length === 0) return
      stream.write(entries.map((entry) => `id: ${entry.id}\n${textOf(entry, language)}`).join(''))
    }
  }
  const wake = (): void => {
    // Events of one turn of the event loop are written together.
    if (!isAwake) setImmediate(flush)
    isAwake = true
  }
  const stream = openEventStream(response, context, language, after, {
    drained: flush,
    closed() {
      clearInterval(pinging)
      subscription.close()
    },
  })
  // The screen of a station says within three seconds that the server is lost.
  const pinging = filter.station === undefined ? undefined : setInterval(() => stream.takes() && stream.write(': ping\n\n'), pingMs)
  const subscription = context.events.subscribe(filter, after, wake)
}

/** What the client has seen. undefined: it asks for no past events; what cannot be one of our ids counts as older than all. */
const lastSeen = (text: string | undefined): number | undefined => {
  if (text === undefined || text === '') return undefined
  return /^\d{1,16}$/.test(text) ? Number(text) : -1
}

/** What can be given beside a kind that says itself what it carries. */
const beside: Readonly<Record<string, ReadonlySet<string>>> = { overview: new Set(), page: new Set(['among', 'messages']) }

const refusals = { overview: 'field_not_with_overview', page: 'field_not_with_page' } as const

/** Why that field cannot be given; undefined: it can. */
const refusalOf = (only: EventsQuery['only'], field: string): Sentence | undefined => {
  if (only === 'overview' || only === 'page') return beside[only]?.has(field) === true ? undefined : sentence(refusals[only])
  return field === 'messages' ? sentence('field_only_with_page') : undefined
}

const checkFields = ({ only, ...rest }: EventsQuery): void => {
  const faults = Object.entries(rest).flatMap(([path, value]) => {
    const said = value === undefined ? undefined : refusalOf(only, path)
    return said === undefined ? [] : [faultAt(path, said)]
  })
  if (faults.length > 0) throw badRequest(faults)
}

const filterOf = (reads: Pick<Reads, 'campaign'>, { only, campaign, device, product, name, among }: EventsQuery): EventFilter => ({
  only: only === 'overview' || only === 'page' ? undefined : only,
  campaign: campaign === undefined ? undefined : campaignOf(reads, campaign).id,
  device,
  product,
  name: name === undefined ? undefined : pattern(name),
  among: among === undefined ? undefined : new Set(among),
})

/** The station whose events are asked for: a station's own; undefined: those of no single one. */
const stationOf = ({ stations }: ApiContext, caller: Caller, { station, ...rest }: EventsQuery): string | undefined => {
  if (caller.role === 'station') {
    const asked = Object.values(rest).some((value) => value !== undefined)
    if (asked || caller.station === null) mustReach(caller, 'viewer')
    if (station === undefined) return caller.station ?? undefined
  }
  if (station === undefined) return undefined
  mustBeOfStation(caller, station, 'viewer')
  return stations.stations.find(station).id
}

const wishesOf = ({ among = [], messages = [] }: EventsQuery, mayListen: boolean): PageWishes => ({
  among,
  messages: mayListen ? messages : [],
})

const operation = operations('events')

export const eventRoutes = (app: Api, context: ApiContext): void => {
  const { reads } = context.operators
  const textOf = createTurnTexts(context)
  const described = operation(
    'getEvents',
    'Task, campaign and device changes as they happen, as server-sent events. The header Last-Event-ID resumes.',
    {
      description:
        'Events: `task` (a Task), `campaign` (a Campaign), `device` ({device, what, detail?, address?, newAddress?, at}; of `refused`: {device, what, reason, text, code, params, clientId, user, address, at}), `message` ({device, direction, text, at}, ' +
        'of `refused` also code and params; only with `device=`, or of `messages=` with `only=page`, and from the role operator on), `overview` (the fields of Overview that have changed, all of them at first; only with `only=overview` and `only=page`), `dropped` ({messages, at}: so many raw messages were left out for a client that reads slowly; only with `only=page`), `run` (a Run; with `only=page` {run, station, slot, serial, state, outcome, at}), `scan` ({station, slot, scanned, reason, text, code, params, at}: a scan that began no run), `station` ({station, removed?, at}: read it again), `removed` ({campaign, at}: it is no more), `reset` (some events were lost: read everything again).',
      querystring: eventsQuery,
      headers: eventsHeaders,
    },
    { 200: { description: 'A stream.', content: { 'text/event-stream': { schema: Type.String() } } } },
  )
  app.get(`${base}/events`, { ...described, exposeHeadRoute: false }, (request, reply) => {
    const { lastEventId, language: named, ...query } = request.query
    const language = languageOf(named ?? request.headers['accept-language'])
    checkFields(query)
    const { caller } = actorOf(request)
    const station = stationOf(context, caller, query)
    const messages = reaches(caller.role, 'operator')
    const filter = { ...filterOf(reads, query), station, messages }
    const after = lastSeen(request.headers['last-event-id'] ?? lastEventId)
    if (reply.raw.destroyed) return
    reply.hijack()
    const stream = { caller, endsByItself: false, end: () => reply.raw.end() }
    context.streams.add(stream)
    reply.raw.once('close', () => context.streams.delete(stream))
    if (query.only === 'overview') openOverview(reply.raw, context, language, after)
    else if (query.only === 'page') openPage(reply.raw, context, wishesOf(query, messages), language, after)
    else openStream(reply.raw, context, textOf, language, filter, after)
  })
}
