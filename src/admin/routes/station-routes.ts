// Test stations: set up, shown, unblocked; their tokens; and what a scanner reads at them.

import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import type { TokenFacts } from '../../ota/ports/access.ts'
import type { ScanAnswer, Stations } from '../../station/ports.ts'
import { type Api, type ApiContext, answer, base, listAnswer, noContent, operations } from '../api.ts'
import { askedOnce, keyOf } from '../asked-once.ts'
import { actorOf } from '../callers.ts'
import { createRepeats, keyHeaders } from '../repeats.ts'
import { mustBeOfStation } from '../rights.ts'
import { runView, scannedView } from '../run-views.ts'
import { scanInput, stationInput, stationParams, stationTokenInput, unblockInput } from '../station-inputs.ts'
import { screenView, stationView } from '../station-views.ts'

const operation = operations('stations')
const path = `${base}/stations`

const list = (app: Api, { stations }: ApiContext): void => {
  const described = operation(
    'listStations',
    'The test stations by id.',
    {},
    { 200: listAnswer(Type.Ref('Station'), 'All of them; `next` is null.') },
  )
  app.get(path, described, (_request, reply) => reply.send({ items: stations.stations.list().map(stationView), next: null }))
}

const show = (app: Api, { stations, now }: ApiContext): void => {
  const described = operation(
    'getStation',
    'A test station with all that its screen shows. A station gets its own.',
    { params: stationParams },
    { 200: answer('StationView', 'As it is now.') },
  )
  app.get(`${path}/:id`, described, async (request, reply) => {
    const { id } = request.params
    mustBeOfStation(actorOf(request).caller, id, 'viewer')
    return reply.send(screenView(await stations.stations.view(id), now()))
  })
}

const put = (app: Api, { stations }: ApiContext): void => {
  const described = operation(
    'putStation',
    'Adds a test station, or replaces how it is set up.',
    { params: stationParams, body: stationInput },
    { 200: answer('Station', 'Replaced.'), 201: answer('Station', 'Added.') },
  )
  app.put(`${path}/:id`, described, async (request, reply) => {
    const { station, created } = await stations.stations.put(request.params.id, request.body as Parameters<Stations['stations']['put']>[1])
    return reply.code(created ? 201 : 200).send(stationView(station))
  })
}

const remove = (app: Api, { stations, access }: ApiContext): void => {
  const described = operation(
    'deleteStation',
    'Removes a test station and its tokens. Its runs stay.',
    { params: stationParams },
    { 204: noContent },
  )
  app.delete(`${path}/:id`, described, async (request, reply) => {
    const { id } = request.params
    await stations.stations.remove(id)
    // Its screens are sent that it was removed before their streams end with their tokens.
    await nextTurn()
    // A station that is added later under this id must not be open to them.
    for (const { name, station } of access.tokens.list()) if (station === id) await access.tokens.remove(name, actorOf(request))
    return reply.code(204).send(null)
  })
}

/** The first of `station-ID`, `station-ID-2` and so on that no token has. */
const freeName = (tokens: readonly TokenFacts[], id: string): string => {
  const taken = new Set(tokens.map(({ name }) => name.toLowerCase()))
  const first = `station-${id}`
  let name = first
  for (let count = 2; taken.has(name.toLowerCase()); count++) name = `${first}-${count}`
  return name
}

interface MadeToken {
  readonly name: string
  readonly token: string
}

const token = (app: Api, { stations, access, now }: ApiContext): void => {
  const repeats = createRepeats<MadeToken>(now, true)
  const described = operation(
    'addStationToken',
    'Makes a token that is bound to the station, and a link that opens its screen with it. Both are shown only in this answer.',
    { params: stationParams, headers: keyHeaders, body: stationTokenInput },
    { 201: answer('StationToken', 'Made.') },
  )
  app.post(`${path}/:id/token`, described, async (request, reply) => {
    const { id } = stations.stations.find(request.params.id)
    const made = await askedOnce(repeats, request, () => {
      const name = request.body?.name ?? freeName(access.tokens.list(), id)
      return access.tokens.add({ name, role: 'station', station: id }, actorOf(request))
    })
    const link = `/station/${encodeURIComponent(id)}#token=${made.token}`
    return reply.code(201).send({ name: made.name, station: id, token: made.token, link })
  })
}

const unblock = (app: Api, { stations, now }: ApiContext): void => {
  const repeats = createRepeats<void>(now, true)
  const described = operation(
    'unblockStation',
    'After a reference board was judged wrongly: units are tested again.',
    { params: stationParams, headers: keyHeaders, body: unblockInput },
    { 200: answer('StationView', 'As it is then.') },
  )
  app.post(`${path}/:id/unblock`, described, async (request, reply) => {
    const { id } = request.params
    await askedOnce(repeats, request, () => stations.stations.unblock(id))
    return reply.send(screenView(await stations.stations.view(id), now()))
  })
}

/** A run as it is now: sent again, the scan may be about one that has gone on meanwhile. */
const sendScanned = async (reply: FastifyReply, { runs }: Stations, scanned: ScanAnswer, isRepeat: boolean): Promise<FastifyReply> => {
  if (scanned.kind !== 'run') return reply.code(200).send(scannedView(scanned))
  return reply.code(201).send(runView(isRepeat ? await runs.find(scanned.run.id) : scanned.run))
}

const scan = (app: Api, { stations, now }: ApiContext): void => {
  const repeats = createRepeats<ScanAnswer>(now, true)
  const described = operation(
    'scan',
    'What a scanner has read: a label begins a run, a code does something at the station. A station scans at itself.',
    {
      params: stationParams,
      headers: keyHeaders,
      body: scanInput,
      description:
        'Refused with 409 and OTA_SCAN_REFUSED; `reason` says why in one word. With a key it begins one run, also over a restart.',
    },
    { 200: answer('Scanned', 'No run began.'), 201: answer('Run', 'The run that began.') },
  )
  app.post(`${path}/:id/scan`, described, async (request, reply) => {
    const { id } = request.params
    mustBeOfStation(actorOf(request).caller, id, 'operator')
    const key = keyOf(request) ?? undefined
    const scanned = await askedOnce(repeats, request, () => stations.runs.scan(id, { ...request.body, key }))
    return sendScanned(reply, stations, scanned, request.isRepeat)
  })
}

export const stationRoutes = (app: Api, context: ApiContext): void => {
  for (const add of [list, show, put, remove, token, unblock, scan]) add(app, context)
}
