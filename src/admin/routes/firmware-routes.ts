// Packages: the streamed upload, the list, and the removal. Images go straight to disk and are never held in memory.

import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { faultAt, OtaError } from '../../errors.ts'
import type { FirmwareInput } from '../../ota/inputs.ts'
import { nameFault } from '../../ota/names.ts'
import { fromFault } from '../../ota/rules/chains.ts'
import { sentence } from '../../sentences/sentence.ts'
import { type Api, type ApiContext, answer, base, countedAnswer, noContent, operations } from '../api.ts'
import { bodyOf, letSend } from '../bodies.ts'
import { actorOf } from '../callers.ts'
import { findPackages, withUsage } from '../firmware-search.ts'
import { warningsOf } from '../firmware-warnings.ts'
import { firmwareQuery, idParams, uploadQuery } from '../input-schemas.ts'
import { firmwareOf } from '../lookups.ts'
import { warningsView } from '../sentence-views.ts'
import { storedImageFacts } from '../stored-image.ts'
import { badRequest } from '../validation.ts'
import { firmwareView } from '../views.ts'

const operation = operations('firmware')
const path = `${base}/firmware`

/** Of versions and modules, as devices report them. */
const longest = 64

const inputOf = (query: Static<typeof uploadQuery>): FirmwareInput => {
  const version = query.version.trim()
  const module = query.module?.trim() || 'default'
  const product = nameFault(query.product, 'x')
  const from = [...new Set((query.from ?? []).map((one) => one.trim()).filter((one) => one !== ''))]
  const source = fromFault({ from, version })
  const faults = [
    ...(product === null ? [] : [faultAt('product', product)]),
    ...(version === '' || version.length > longest ? [faultAt('version', sentence('field_length', { least: 1, most: longest }))] : []),
    ...(module.length > longest ? [faultAt('module', sentence('field_too_long', { most: longest }))] : []),
    ...(source === null ? [] : [faultAt('from', source)]),
  ]
  if (faults.length > 0) throw badRequest(faults)
  return { product: query.product, module, version, description: query.description ?? '', from, signMethod: query.signMethod ?? 'MD5' }
}

/** Refuses by the headers what would otherwise be refused only after the whole upload. */
const checkLength = ({ headers }: FastifyRequest, maxFileBytes: number): void => {
  const length = headers['content-length']
  if (headers['transfer-encoding'] === undefined && (length === undefined || Number(length) === 0)) {
    throw new OtaError('OTA_FIRMWARE_EMPTY', sentence('image_empty'))
  }
  if (length !== undefined && Number(length) > maxFileBytes) {
    throw new OtaError('OTA_FIRMWARE_TOO_LARGE', sentence('image_too_large', { limit: maxFileBytes }))
  }
}

const upload = (app: Api, { access, operators, images, files, maxFileBytes }: ApiContext): void => {
  const described = operation(
    'putFirmware',
    'Streams a file in: the raw bytes as the body, of any content type.',
    { querystring: uploadQuery, body: { content: { 'application/octet-stream': { schema: Type.Unsafe<unknown>({}) } } } },
    { 200: answer('Firmware', 'The same bytes were stored under this name already.'), 201: answer('Firmware', 'Added.') },
  )
  app.put(path, { ...described, config: { readsBody: true } }, async (request, reply) => {
    const input = inputOf(request.query)
    checkLength(request, maxFileBytes)
    letSend(request.raw, reply.raw)
    // Once all of it has arrived, the disk may take its time: a connection that is silent then is not a stalled upload.
    request.raw.once('end', () => request.raw.socket.setTimeout(0))
    const { caller } = actorOf(request)
    const { firmware, created } = await images.receive(bodyOf(request.raw), async (digests) => {
      // An upload may take long.
      access.gate.mustBeCurrent(caller)
      return operators.firmware.add(input, digests)
    })
    request.isRepeat = !created
    const warnings = warningsOf(firmware, await storedImageFacts(files.path(firmware.sha256), firmware.size))
    const view = firmwareView(firmware)
    return reply.code(created ? 201 : 200).send(warnings.length === 0 ? view : { ...view, ...warningsView(warnings) })
  })
}

const list = (app: Api, { operators }: ApiContext): void => {
  const described = operation(
    'listFirmware',
    'Packages, oldest or newest first, with who runs and uses them.',
    { querystring: firmwareQuery },
    { 200: countedAnswer(Type.Ref('Firmware'), 'A page.') },
  )
  app.get(path, described, (request, reply) => {
    const { items, ...rest } = findPackages(operators.reads, request.query)
    return reply.send({ items: withUsage(operators, items), ...rest })
  })
}

const show = (app: Api, { operators }: ApiContext): void => {
  const described = operation('getFirmware', 'One package.', { params: idParams }, { 200: answer('Firmware', 'The package.') })
  app.get(`${path}/:id`, described, (request, reply) =>
    reply.send(withUsage(operators, [firmwareOf(operators.reads, request.params.id)])[0]),
  )
}

const remove = (app: Api, { operators, images }: ApiContext): void => {
  const described = operation(
    'deleteFirmware',
    'Removes a package; refused while an open task or a campaign needs it.',
    { params: idParams },
    { 204: noContent },
  )
  app.delete(`${path}/:id`, described, async (request, reply) => {
    const { id, sha256 } = firmwareOf(operators.reads, request.params.id)
    await operators.firmware.remove(id)
    await images.release(sha256)
    return reply.code(204).send(null)
  })
}

export const firmwareRoutes = (app: Api, context: ApiContext): void => {
  for (const add of [list, show, remove]) add(app, context)
  // Its own scope: only here no body is parsed.
  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _payload, ready) => ready(null))
    upload(scope, context)
    done()
  })
}
