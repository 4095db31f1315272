// Devices: the list, one device, the operator's changes, the import of a list, and why a device is (not) being updated.

import { Type } from 'typebox'
import { OtaError } from '../../errors.ts'
import { type Device, deviceKey } from '../../ota/model.ts'
import type { Operators } from '../../ota/ports/operators.ts'
import { type Api, type ApiContext, answer, base, listAnswer, noContent, problems } from '../api.ts'
import { type KnownDevices, parseDevices } from '../csv.ts'
import { deviceInput, deviceParams, deviceQuery, pageQuery, whyQuery } from '../input-schemas.ts'
import { cursorOf, idOfCursor, keyOfCursor, smallest } from '../paging.ts'
import { deviceView, ranView, verdictView } from '../views.ts'

const tags = ['devices']
const path = `${base}/devices/:product/:name`
const maxListBytes = 33_554_432

/** The device of that path, or OTA_DEVICE_UNKNOWN. */
const found = ({ operators }: ApiContext, { product, name }: { product: string; name: string }): Device => {
  const device = operators.reads.device(deviceKey(product, name))
  if (device === undefined) {
    throw new OtaError('OTA_DEVICE_UNKNOWN', `There is no device ${product}/${name}; GET ${base}/devices lists what there is.`)
  }
  return device
}

const list = (app: Api, { operators }: ApiContext): void => {
  const schema = {
    operationId: 'listDevices',
    tags,
    summary: 'Devices by product and name.',
    querystring: deviceQuery,
    response: { 200: listAnswer(Type.Ref('Device'), 'A page.'), ...problems },
  }
  app.get(`${base}/devices`, { schema }, (request, reply) => {
    const { product, tag, online, limit, after } = request.query
    const accepts = (device: Device): boolean =>
      (product === undefined || device.product === product) &&
      (tag === undefined || device.tags.includes(tag)) &&
      (online === undefined || (operators.devices.presence(device.key) !== 'offline') === online)
    const page = smallest(operators.reads.devices(), ({ key }) => key, keyOfCursor(after), limit, accepts)
    const last = page.items.at(-1)
    return reply.send({
      items: page.items.map((device) => deviceView(operators, device)),
      next: page.more && last !== undefined ? cursorOf(last.key) : null,
    })
  })
}

const show = (app: Api, context: ApiContext): void => {
  const schema = {
    operationId: 'getDevice',
    tags,
    summary: 'One device.',
    params: deviceParams,
    response: { 200: answer('Device', 'The device.'), ...problems },
  }
  app.get(path, { schema }, (request, reply) => reply.send(deviceView(context.operators, found(context, request.params))))
}

const put = (app: Api, { operators }: ApiContext): void => {
  const schema = {
    operationId: 'putDevice',
    tags,
    summary: 'Adds a device, or replaces what an operator may say of it.',
    params: deviceParams,
    body: deviceInput,
    response: { 200: answer('Device', 'Replaced.'), 201: answer('Device', 'Added.'), ...problems },
  }
  app.put(path, { schema }, async (request, reply) => {
    const { product, name } = request.params
    const { device, created } = await operators.devices.put(product, name, request.body)
    return reply.code(created ? 201 : 200).send(deviceView(operators, device))
  })
}

const patch = (app: Api, context: ApiContext): void => {
  const schema = {
    operationId: 'patchDevice',
    tags,
    summary: 'Changes only what is named.',
    params: deviceParams,
    body: deviceInput,
    response: { 200: answer('Device', 'The device.'), ...problems },
  }
  app.patch(path, { schema }, async (request, reply) => {
    const { key } = found(context, request.params)
    return reply.send(deviceView(context.operators, await context.operators.devices.patch(key, request.body)))
  })
}

const remove = (app: Api, context: ApiContext): void => {
  const schema = {
    operationId: 'deleteDevice',
    tags,
    summary: 'Removes a device and ends its tasks.',
    params: deviceParams,
    response: { 204: noContent, ...problems },
  }
  app.delete(path, { schema }, async (request, reply) => {
    await context.operators.devices.remove(found(context, request.params).key)
    return reply.code(204).send(null)
  })
}

const forget = (app: Api, context: ApiContext): void => {
  const schema = {
    operationId: 'deleteCredential',
    tags,
    summary: 'Forgets what the device showed or was given to show who it is.',
    params: deviceParams,
    response: { 204: noContent, ...problems },
  }
  app.delete(`${path}/credential`, { schema }, async (request, reply) => {
    await context.operators.devices.forgetCredential(found(context, request.params).key)
    return reply.code(204).send(null)
  })
}

const why = (app: Api, context: ApiContext): void => {
  const schema = {
    operationId: 'whyDevice',
    tags,
    summary: 'Why this device is (not) being updated now: the rules in order, with their verdicts.',
    params: deviceParams,
    querystring: whyQuery,
    response: { 200: listAnswer(Type.Ref('Verdict'), 'All of them; `next` is null.'), ...problems },
  }
  app.get(`${path}/why`, { schema }, async (request, reply) => {
    const { key } = found(context, request.params)
    const { module } = request.query
    const verdicts = await context.operators.devices.why(key, module)
    return reply.send({ items: verdicts.map(verdictView), next: null })
  })
}

const history = (app: Api, context: ApiContext): void => {
  const schema = {
    operationId: 'deviceHistory',
    tags,
    summary: 'Which versions it ran, oldest first: since when, by which image and task.',
    params: deviceParams,
    querystring: pageQuery,
    response: { 200: listAnswer(Type.Ref('Installed'), 'A page.'), ...problems },
  }
  app.get(`${path}/history`, { schema }, async (request, reply) => {
    const { limit, after } = request.query
    const all = await context.operators.queries.installed(found(context, request.params).key)
    // Nothing is ever taken out of it, so its places are what a page goes on from.
    const end = (idOfCursor(after) ?? 0) + limit
    return reply.send({ items: all.slice(end - limit, end).map(ranView), next: end < all.length ? String(end) : null })
  })
}

const knownOf = ({ reads }: Operators): KnownDevices => {
  const gateways = new Set<string>()
  for (const { gateway } of reads.devices()) if (gateway !== null) gateways.add(gateway)
  return {
    gatewayOf(key) {
      const device = reads.device(key)
      return device === undefined ? undefined : device.gateway
    },
    isGateway: (key) => gateways.has(key),
  }
}

const importList = (app: Api, { operators }: ApiContext): void => {
  const schema = {
    operationId: 'importDevices',
    tags,
    summary: 'Takes a list of devices, all or nothing: product,name,secret,gateway,tags.',
    body: { content: { 'text/csv': { schema: Type.Unsafe<unknown>({ type: 'string' }) } } },
    response: { 200: answer('Imported', 'All of it was taken.'), ...problems },
  }
  app.post(`${base}/devices/import`, { schema }, async (request, reply) => {
    const bytes = request.body instanceof Uint8Array ? request.body : new Uint8Array()
    const { created, updated, unchanged } = await operators.devices.import(await parseDevices(bytes, knownOf(operators)))
    return reply.send({ created, updated, unchanged })
  })
}

export const deviceRoutes = (app: Api, context: ApiContext): void => {
  list(app, context)
  show(app, context)
  put(app, context)
  patch(app, context)
  remove(app, context)
  forget(app, context)
  why(app, context)
  history(app, context)
  // Its own scope: only here a body is a list of devices.
  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('text/csv', { parseAs: 'buffer', bodyLimit: maxListBytes }, (_request, bytes, ready) => ready(null, bytes))
    importList(scope, context)
    done()
  })
}
