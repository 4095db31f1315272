// Units: the birth certificate of one, its release after a repair, its board, its label.

import { Type } from 'typebox'
import { deviceKey } from '../../ota/model.ts'
import type { Unit } from '../../station/station-model.ts'
import { type Api, type ApiContext, answer, base, noContent, operations } from '../api.ts'
import { askedOnce } from '../asked-once.ts'
import { actorOf } from '../callers.ts'
import { certificateHeaders, certificateHtml } from '../certificate-page.ts'
import { noInput } from '../input-schemas.ts'
import { languageHeaders, languageOf, sayIn } from '../language.ts'
import { createRepeats, keyHeaders } from '../repeats.ts'
import { rebindInput, unitParams, unitQuery, unitReleaseInput } from '../station-inputs.ts'
import { certificateView, unitView } from '../station-views.ts'

const operation = operations('stations')
const path = `${base}/units/:product/:serial`
const theUnit = { 200: answer('Unit', 'The unit.') }

const show = (app: Api, context: ApiContext): void => {
  const html = { schema: Type.Unsafe<unknown>({ type: 'string', description: 'A page to print, without scripts.' }) }
  const json = answer('BirthCertificate', 'The certificate.')
  const described = operation(
    'getUnit',
    'The birth certificate of a unit: all runs, steps, measurements with limits, and the digests of its firmware.',
    { params: unitParams, querystring: unitQuery },
    { 200: { ...json, content: { ...json.content, 'text/html': html } } },
  )
  app.get(path, described, async (request, reply) => {
    const { product, serial } = request.params
    const found = await context.stations.units.certificate(product, serial)
    const view = certificateView(found)
    if (request.query.format === 'json') return reply.send(view)
    const language = languageOf(request.query.language ?? request.headers['accept-language'])
    return reply
      .headers({ ...languageHeaders(language), ...certificateHeaders })
      .send(certificateHtml(sayIn(language, view), language, context.now()))
  })
}

const release = (app: Api, { stations, now }: ApiContext): void => {
  const repeats = createRepeats<Unit>(now, true)
  const described = operation(
    'releaseUnit',
    'After a repair: its failed runs no longer count against the limit of retests.',
    { params: unitParams, headers: keyHeaders, body: unitReleaseInput },
    theUnit,
  )
  app.post(`${path}/release`, described, async (request, reply) => {
    const { product, serial } = request.params
    const { reason, process = null } = request.body
    const work = () => stations.units.release(product, serial, { reason, process }, actorOf(request).caller.name)
    return reply.send(unitView(await askedOnce(repeats, request, work)))
  })
}

/** With its form checked: the schema has only one slash. */
const deviceOfText = (text: string | null) => {
  if (text === null) return null
  const slash = text.indexOf('/')
  return deviceKey(text.slice(0, slash), text.slice(slash + 1))
}

const rebind = (app: Api, { stations, now }: ApiContext): void => {
  const repeats = createRepeats<Unit>(now, true)
  const described = operation(
    'rebindUnit',
    'Gives the serial number another board, or none until the next one comes.',
    { params: unitParams, headers: keyHeaders, body: rebindInput },
    theUnit,
  )
  app.post(`${path}/rebind`, described, async (request, reply) => {
    const { product, serial } = request.params
    const input = { device: deviceOfText(request.body.device), reason: request.body.reason }
    const work = () => stations.units.rebind(product, serial, input, actorOf(request).caller.name)
    return reply.send(unitView(await askedOnce(repeats, request, work)))
  })
}

const label = (app: Api, { stations, now }: ApiContext): void => {
  const repeats = createRepeats<void>(now, true)
  const described = operation(
    'printLabel',
    'Prints the label of its last passed run again.',
    { params: unitParams, headers: keyHeaders, body: noInput },
    { 204: noContent },
  )
  app.post(`${path}/label`, described, async (request, reply) => {
    const { product, serial } = request.params
    await askedOnce(repeats, request, () => stations.units.reprint(product, serial))
    return reply.code(204).send(null)
  })
}

export const unitRoutes = (app: Api, context: ApiContext): void => {
  for (const add of [show, release, rebind, label]) add(app, context)
}
