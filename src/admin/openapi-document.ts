// How openapi.json is generated from the routes' schemas, with every sentence that the server says. Knows no route, except where the generator
// needs help.

import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import { inChinese } from '../sentences/chinese.ts'
import { english } from '../sentences/english.ts'

type Transformed = Parameters<NonNullable<FastifyDynamicSwaggerOptions['transformObject']>>[0]
type Document = Extract<Transformed, { openapiObject: unknown }>['openapiObject']

/** The generator marks every body as required; this one may be left out. */
const optionalBodies = ['/api/v1/campaigns/{id}/cancel']

const makeBodiesOptional = ({ paths }: Document): void => {
  for (const path of optionalBodies) {
    const body = paths?.[path]?.post?.requestBody
    if (body !== undefined && 'content' in body) body.required = false
  }
}

/** The generator marks a query value as required where a default makes sure that the handler always has one. */
const makeDefaultsOptional = ({ paths }: Document): void => {
  for (const item of Object.values(paths ?? {})) {
    for (const parameter of [...(item?.get?.parameters ?? []), ...(item?.post?.parameters ?? [])]) {
      if ('schema' in parameter && parameter.schema !== undefined && 'default' in parameter.schema) parameter.required = false
    }
  }
}

export const openapiOptions = (version: string): FastifyDynamicSwaggerOptions => ({
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'Fogbell',
      version,
      description:
        'The admin API: firmware, devices, campaigns and tasks. Lists page by `limit` and `after`; refusals are RFC 9457 problems. Texts ' +
        'for people have a `code` and `params` beside them: `x-sentences` has the template of each code (ICU MessageFormat), `x-sentences-zh` ' +
        'the Chinese one. `Accept-Language: zh` gives the texts in Chinese.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    // The server that this description was fetched from.
    servers: [{ url: '/' }],
    tags: [
      { name: 'firmware', description: 'Packages and their images.' },
      { name: 'devices', description: 'The known devices, their modules and versions.' },
      { name: 'campaigns', description: 'Updates of many devices.' },
      { name: 'tasks', description: 'The update of one device.' },
      { name: 'connections', description: 'Connections that were refused.' },
      { name: 'events', description: 'Changes as they happen.' },
      { name: 'server', description: 'The state of the server: figures, listeners, settings. Backup, doctor.' },
      { name: 'stations', description: 'Test stations: procedures, runs, units, yield.' },
      { name: 'webhooks', description: 'Alerts for other programs.' },
      { name: 'access', description: 'People, tokens, sessions, and the audit of what they did.' },
      { name: 'status', description: 'For monitoring.' },
    ],
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'A token: the content of admin.token in the data directory, or one of `POST /tokens`.',
        },
      },
    },
    security: [{ token: [] }],
  },
  convertConstToEnum: false,
  refResolver: { buildLocalReference: (json, _base, _fragment, count) => (typeof json.$id === 'string' ? json.$id : `schema-${count}`) },
  transformObject: (document) => {
    if (!('openapiObject' in document)) return document.swaggerObject
    makeBodiesOptional(document.openapiObject)
    makeDefaultsOptional(document.openapiObject)
    return { ...document.openapiObject, 'x-sentences': english, 'x-sentences-zh': inChinese.texts }
  },
})
