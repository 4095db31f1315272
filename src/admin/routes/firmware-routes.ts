// Packages: the streamed upload, the list, and the removal. Images go straight to disk; nothing of them is kept in memory.

import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { OtaError } from '../../errors.ts'
import { fromFault } from '../../ota/campaigns/catalog.ts'
import type { FirmwareInput } from '../../ota/inputs.ts'
import type { Firmware } from '../../ota/model.ts'
import { nameFault } from '../../ota/names.ts'
import { type Api, type ApiContext, answer, base, listAnswer, noContent, problems } from '../api.ts'
import { bodyOf, letSend } from '../bodies.ts'
import { warningsOf } from '../firmware-warnings.ts'
import { idParams, pageQuery, uploadQuery } from '../input-schemas.ts'
import { idOfCursor, parseId, smallest } from '../paging.ts'
import { badRequest } from '../validation.ts'
import { firmwareView } from '../views.ts'

const tags = ['firmware']

/** The package of that id, or OTA_FIRMWARE_UNKNOWN. */
const found = ({ operators }: ApiContext, text: string): Firmware => {
  const id = parseId(text)
  const firmware = id === undefined ? undefined : operators.reads.firmware(id)
  if (firmware === undefined)
    throw new OtaError('OTA_FIRMWARE_UNKNOWN', `There is no firmware ${text}; GET ${base}/firmware lists what there is.`)
  return firmware
}

const inputOf = (query: Static<typeof uploadQuery>): FirmwareInput => {
  const version = query.version.trim()
  const module = query.module?.trim() || 'default'
  const product = nameFault(query.product, 'x')
  const from = [...new Set((query.from ?? []).map((one) => one.trim()).filter((one) => one !== ''))]
  const source = fromFault({ from, version })
  const faults = [
    ...(product === null ? [] : [{ path: 'product', message: `cannot be used: ${product}` }]),
    ...(version === '' || version.length > 64 ? [{ path: 'version', message: 'must have 1 to 64 characters' }] : []),
    ...(module.length > 64 ? [{ path: 'module', message: 'must have at most 64 characters' }] : []),
    ...(source === null ? [] : [{ path: 'from', message: source }]),
  ]
  if (faults.length > 0) throw badRequest(faults)
  return { product: query.product, module, version, description: query.description ?? '', from, signMethod: query.signMethod ?? 'MD5' }
}

/** Refuses by the headers what could only be refused after gigabytes. */
const checkLength = ({ headers }: FastifyRequest, maxFileBytes: number): void => {
  const length = headers['content-length']
  if (headers['transfer-encoding'] === undefined && (length === undefined || Number(length) === 0)) {
    throw new OtaError('OTA_FIRMWARE_EMPTY', "The image has no bytes: send the file itself as the request's body.")
  }
  if (length !== undefined && Number(length) > maxFileBytes) {
    throw new OtaError(
      'OTA_FIRMWARE_TOO_LARGE',
      `The image has ${length} bytes, more than ${maxFileBytes}, which is firmware.maxFileBytes.`,
    )
  }
}

const upload = (app: Api, context: ApiContext): void => {
  const schema = {
    operationId: 'putFirmware',
    tags,
    summary: 'Streams a file in: the raw bytes as the body, of any content type.',
    querystring: uploadQuery,
    body: { content: { 'application/octet-stream': { schema: Type.Unsafe<unknown>({}) } } },
    response: {
      200: answer('Firmware', 'The same bytes were there under this name already.'),
      201: answer('Firmware', 'Added.'),
      ...problems,
    },
  }
  app.put(`${base}/firmware`, { schema, config: { readsBody: true } }, async (request, reply) => {
    const input = inputOf(request.query)
    checkLength(request, context.maxFileBytes)
    letSend(request.raw, reply.raw)
    // Once all has come, the disk may take its time: a connection that is silent then is not a stalled upload.
    request.raw.once('end', () => request.raw.socket.setTimeout(0))
    const added = await context.images.receive(bodyOf(request.raw), (digests) => context.operators.firmware.add(input, digests))
    const warnings = warningsOf(added.firmware)
    const view = firmwareView(added.firmware)
    return reply.code(added.created ? 201 : 200).send(warnings.length === 0 ? view : { ...view, warnings })
  })
}

const list = (app: Api, { operators }: ApiContext): void => {
  const schema = {
    operationId: 'listFirmware',
    tags,
    summary: 'Packages, oldest first.',
    querystring: pageQuery,
    response: { 200: listAnswer(Type.Ref('Firmware'), 'A page.'), ...problems },
  }
  app.get(`${base}/firmware`, { schema }, (request, reply) => {
    const { limit, after } = request.query
    const page = smallest(operators.reads.firmwares(), ({ id }) => id, idOfCursor(after), limit)
    return reply.send({ items: page.items.map(firmwareView), next: page.more ? String(page.items.at(-1)?.id) : null })
  })
}

const show = (app: Api, context: ApiContext): void => {
  const schema = {
    operationId: 'getFirmware',
    tags,
    summary: 'One package.',
    params: idParams,
    response: { 200: answer('Firmware', 'The package.'), ...problems },
  }
  app.get(`${base}/firmware/:id`, { schema }, (request, reply) => reply.send(firmwareView(found(context, request.params.id))))
}

const remove = (app: Api, context: ApiContext): void => {
  const schema = {
    operationId: 'deleteFirmware',
    tags,
    summary: 'Removes a package; refused while an open task or a campaign needs it.',
    params: idParams,
    response: { 204: noContent, ...problems },
  }
  app.delete(`${base}/firmware/:id`, { schema }, async (request, reply) => {
    const { id, sha256 } = found(context, request.params.id)
    await context.operators.firmware.remove(id)
    await context.images.release(sha256)
    return reply.code(204).send(null)
  })
}

export const firmwareRoutes = (app: Api, context: ApiContext): void => {
  list(app, context)
  show(app, context)
  remove(app, context)
  // Its own scope: here, and only here, no body is parsed.
  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _payload, ready) => ready(null))
    upload(scope, context)
    done()
  })
}
