// Devices: the list, one device, an operator's changes, the import of a list, and why a device is (not) being updated.

import { setImmediate } from 'node:timers/promises'
import { Type } from 'typebox'
import { type Campaign, type DeviceKey, deviceKey } from '../../ota/model.ts'
import type { Operators } from '../../ota/ports/operators.ts'
import type { Reads, Turns } from '../../ota/ports/store.ts'
import { allDevices } from '../all-devices.ts'
import { type Api, type ApiContext, answer, base, countedAnswer, listAnswer, noContent, operations, orCsv } from '../api.ts'
import { actorOf } from '../callers.ts'
import { type KnownDevices, parseDevices } from '../csv.ts'
import { sendCsv, wantsCsv } from '../csv-answer.ts'
import { devicesTable } from '../csv-columns.ts'
import { findDevices } from '../device-search.ts'
import { type CurrentRecord, deviceTag, ifMatchHeaders, mayChange } from '../etags.ts'
import { deviceInput, deviceParams, deviceQuery, pageQuery, whyQuery } from '../input-schemas.ts'
import { campaignOf, deviceOf } from '../lookups.ts'
import { badCursor, cursorOf, idOfCursor, keyOfCursor } from '../paging.ts'
import { createRepeats, digestOf, keyHeaders, ownKey } from '../repeats.ts'
import { mustReach } from '../rights.ts'
import { unhurried } from '../unhurried.ts'
import { deviceView, installedView, timelineView, verdictView } from '../views.ts'

const operation = operations('devices')
const path = `${base}/devices/:product/:name`
/** A million devices with secrets, gateways and tags. */
const maxListBytes = 134_217_728
const theDevice = { 200: answer('Device', 'The device.') }

const active: ReadonlySet<string> = new Set(['scheduled', 'running', 'paused'])

/** The campaigns that `behind=` names. */
const campaignsOf = (reads: Pick<Reads, 'campaign' | 'campaigns'>, behind: string): readonly Campaign[] =>
  behind === 'any'
    ? [...reads.campaigns()].filter(({ status, station }) => active.has(status) && station === undefined)
    : [campaignOf(reads, behind)]

const list = (app: Api, context: ApiContext): void => {
  const { operators } = context
  const described = operation(
    'listDevices',
    'Devices by product and name, or in another order: those that match all that is given.',
    { querystring: deviceQuery },
    { 200: orCsv(countedAnswer(Type.Ref('Device'), 'A page.')) },
  )
  app.get(`${base}/devices`, described, async (request, reply) => {
    const { behind, format: _format, bom, ...query } = request.query
    const isCsv = wantsCsv(request, request.query)
    const search = { ...query, behind: behind === undefined ? undefined : campaignsOf(operators.reads, behind) }
    if (isCsv) {
      const items = (turns: Turns) => allDevices(operators, search, turns)
      return sendCsv(context, request, reply, { name: 'devices', bom, table: devicesTable(operators, query.module), items })
    }
    const { items, ...rest } = await findDevices(operators, search)
    return reply.send({ items: items.map((device) => deviceView(operators, device)), ...rest })
  })
}

const show = (app: Api, { operators, etagKey }: ApiContext): void => {
  const described = operation('getDevice', 'One device.', { params: deviceParams }, theDevice)
  app.get(path, described, (request, reply) => {
    const device = deviceOf(operators.reads, request.params)
    return reply.header('etag', deviceTag(etagKey, device)).send(deviceView(operators, device))
  })
}

/** The device as If-Match is compared with; null: there is none. */
const currentOf = ({ operators, etagKey }: ApiContext, key: DeviceKey): CurrentRecord | null => {
  const device = operators.reads.device(key)
  return device === undefined ? null : { etag: deviceTag(etagKey, device), view: () => deviceView(operators, device) }
}

const put = (app: Api, context: ApiContext): void => {
  const { operators, etagKey } = context
  const described = operation(
    'putDevice',
    'Adds a device, or replaces the fields that an operator can set.',
    { params: deviceParams, headers: ifMatchHeaders, body: deviceInput },
    { 200: answer('Device', 'Replaced.'), 201: answer('Device', 'Added.') },
  )
  app.put(path, described, async (request, reply) => {
    const { product, name } = request.params
    const key = deviceKey(product, name)
    if (!mayChange(reply, request.headers['if-match'], key, currentOf(context, key))) return reply
    const { device, created } = await operators.devices.put(product, name, request.body)
    return reply
      .code(created ? 201 : 200)
      .header('etag', deviceTag(etagKey, device))
      .send(deviceView(operators, device))
  })
}

const patch = (app: Api, context: ApiContext): void => {
  const { operators, etagKey } = context
  const input = { params: deviceParams, headers: ifMatchHeaders, body: deviceInput }
  const described = operation('patchDevice', 'Changes only the given fields. The secret needs the role admin.', input, theDevice)
  app.patch(path, described, async (request, reply) => {
    const { key } = deviceOf(operators.reads, request.params)
    if (request.body.secret !== undefined) mustReach(actorOf(request).caller, 'admin', 'role_needed_for_secrets')
    if (!mayChange(reply, request.headers['if-match'], key, currentOf(context, key))) return reply
    const device = await operators.devices.patch(key, request.body)
    return reply.header('etag', deviceTag(etagKey, device)).send(deviceView(operators, device))
  })
}

const remove = (app: Api, context: ApiContext): void => {
  const { operators } = context
  const input = { params: deviceParams, headers: ifMatchHeaders }
  const described = operation('deleteDevice', 'Removes a device and ends its tasks.', input, { 204: noContent })
  app.delete(path, described, async (request, reply) => {
    const { key } = deviceOf(operators.reads, request.params)
    if (!mayChange(reply, request.headers['if-match'], key, currentOf(context, key))) return reply
    await operators.devices.remove(key)
    return reply.code(204).send(null)
  })
}

const forget = (app: Api, context: ApiContext): void => {
  const { operators } = context
  const summary = 'Deletes the credential that the device was given or that was bound at its first use.'
  const described = operation('deleteCredential', summary, { params: deviceParams, headers: ifMatchHeaders }, { 204: noContent })
  app.delete(`${path}/credential`, described, async (request, reply) => {
    const { key } = deviceOf(operators.reads, request.params)
    if (!mayChange(reply, request.headers['if-match'], key, currentOf(context, key))) return reply
    await operators.devices.forgetCredential(key)
    return reply.code(204).send(null)
  })
}

const why = (app: Api, { operators }: ApiContext): void => {
  const described = operation(
    'whyDevice',
    'Why this device is (not) being updated now: the rules in order, with their verdicts.',
    { params: deviceParams, querystring: whyQuery },
    { 200: listAnswer(Type.Ref('Verdict'), 'All of them; `next` is null.') },
  )
  app.get(`${path}/why`, described, async (request, reply) => {
    const { key } = deviceOf(operators.reads, request.params)
    const verdicts = await operators.devices.why(key, request.query.module)
    return reply.send({ items: verdicts.map(verdictView), next: null })
  })
}

const history = (app: Api, { operators }: ApiContext): void => {
  const described = operation(
    'deviceHistory',
    'The versions that were installed on it, oldest first: since when, by which image and task.',
    { params: deviceParams, querystring: pageQuery },
    { 200: listAnswer(Type.Ref('Installed'), 'A page.') },
  )
  app.get(`${path}/history`, described, async (request, reply) => {
    const { limit, after } = request.query
    const all = await operators.queries.installed(deviceOf(operators.reads, request.params).key)
    // Nothing is ever removed from it, so a page continues from a position.
    const end = (idOfCursor(after) ?? 0) + limit
    return reply.send({ items: all.slice(end - limit, end).map(installedView), next: end < all.length ? String(end) : null })
  })
}

const timeline = (app: Api, { operators }: ApiContext): void => {
  const described = operation(
    'deviceTimeline',
    'What happened to it, oldest first, of the newest 1,000: connections, refusals, offers, downloads, ends of tasks with reasons, versions.',
    { params: deviceParams, querystring: pageQuery },
    { 200: listAnswer(Type.Ref('TimelineEntry'), 'A page.') },
  )
  app.get(`${path}/timeline`, described, async (request, reply) => {
    const { limit, after } = request.query
    const all = await operators.devices.timeline(deviceOf(operators.reads, request.params).key)
    // The oldest rows may be removed while pages are read: a page continues after a time and the rows of that time that were sent.
    const [at, sent] = placeOf(keyOfCursor(after))
    const from = all.findIndex((row) => row.at >= at)
    const rest = from < 0 ? [] : all.slice(from)
    const skipped = rest.filter((row, index) => row.at === at && index < sent).length
    const items = rest.slice(skipped, skipped + limit)
    const last = items.at(-1)
    const more = last !== undefined && skipped + limit < rest.length
    const ofLast = rest.slice(0, skipped + items.length).filter((row) => row.at === last?.at).length
    return reply.send({ items: items.map(timelineView), next: more ? cursorOf(`${last.at}/${ofLast}`) : null })
  })
}

/** The time and the number of rows of it that a cursor names. */
const placeOf = (key = '0/0'): readonly [at: number, sent: number] => {
  const [at = 0, sent = 0] = key.split('/').map(Number)
  if (Number.isNaN(at) || Number.isNaN(sent)) throw badCursor()
  return [at, sent]
}

/** Devices that are looked at before other work gets a turn. */
const devicesAtOnce = 20_000

const knownOf = async (reads: Pick<Reads, 'device' | 'devices'>): Promise<KnownDevices> => {
  const gateways = new Set<string>()
  let seen = 0
  for (const { gateway } of reads.devices()) {
    if (gateway !== null) gateways.add(gateway)
    seen += 1
    if (seen % devicesAtOnce === 0) await setImmediate()
  }
  return {
    gatewayOf(key) {
      const device = reads.device(key)
      return device === undefined ? undefined : device.gateway
    },
    isGateway: (key) => gateways.has(key),
  }
}

type ImportedDevices = Awaited<ReturnType<Operators['devices']['import']>>

const importList = (app: Api, { operators, now }: ApiContext): void => {
  const repeats = createRepeats<ImportedDevices>(now, true)
  const described = operation(
    'importDevices',
    'Imports a list of devices, all or nothing: product,name,secret,gateway,tags.',
    {
      headers: keyHeaders,
      body: {
        content: {
          'text/csv': {
            schema: Type.Unsafe<unknown>({
              type: 'string',
              examples: ['product,name,secret,gateway,tags\nlamp,l2,,lamp/gw1,floor-2;test\n'],
            }),
          },
        },
      },
    },
    { 200: answer('Imported', 'All of it was imported.') },
  )
  app.post(`${base}/devices/import`, described, async (request, reply) => {
    const bytes = request.body instanceof Uint8Array ? request.body : new Uint8Array()
    const key = request.headers['idempotency-key']
    const work = async (): Promise<ImportedDevices> => operators.devices.import(await parseDevices(bytes, await knownOf(operators.reads)))
    const imported = await unhurried(request.raw.socket, async () => {
      if (key === undefined) return work()
      const sent = { key: ownKey(actorOf(request).caller, key), digest: await digestOf(bytes) }
      const answered = repeats.of(sent)
      request.isRepeat = answered !== undefined
      return await (answered ?? repeats.run(sent, work))
    })
    return reply.send({ ...imported })
  })
}

export const deviceRoutes = (app: Api, context: ApiContext): void => {
  for (const add of [list, show, put, patch, remove, forget, why, history, timeline]) add(app, context)
  // Its own scope: only here a body is a list of devices.
  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('text/csv', { parseAs: 'buffer', bodyLimit: maxListBytes }, (_request, bytes, ready) => ready(null, bytes))
    importList(scope, context)
    done()
  })
}
