// The web page: one document under the address of each of its views, and its scripts and styles, all from memory. Anybody may have them: what
// they show comes from the API.

import { Type } from 'typebox'
import { OtaError } from '../../errors.ts'
import { sentence } from '../../sentences/sentence.ts'
import type { Api, ApiContext } from '../api.ts'
import { documentPath, type PageFiles, sendPageFile, stationDocumentPath } from '../page-files.ts'

/** The addresses of the page's views; each answers with the same document. */
export const pagePaths = [
  '/',
  '/devices',
  '/devices/*',
  '/firmware',
  '/campaigns',
  '/campaigns/*',
  '/stations',
  '/runs/:id',
  '/units/:product/:serial',
  '/log',
  '/settings',
] as const

/** The address of a station's screen, which has a document of its own. */
export const stationPath = '/station/:id'

const notBuilt = (): OtaError => new OtaError('OTA_NOT_FOUND', sentence('page_not_built'))
const hidden = { schema: { hide: true, querystring: {} } }

/** The same document for all of these addresses. */
const addDocument = (app: Api, files: PageFiles, documented: string, paths: readonly string[]): void => {
  const document = files.get(documented)
  for (const path of paths) {
    app.get(path, hidden, (request, reply) => {
      if (document === undefined) throw notBuilt()
      return sendPageFile(request, reply, documented, document)
    })
  }
}

const assets = '/assets/'
const assetName = Type.Object({ name: Type.String() })

/** One route for all: each takes as long to add as one of the API's. What is no name of them is no route, as everywhere. */
const addAssets = (app: Api, files: PageFiles): void => {
  const names = [...files.keys()].filter((path) => path.startsWith(assets)).map((path) => path.slice(assets.length))
  if (names.length === 0) return
  const anyOf = names.map((name) => name.replaceAll(/[^\w-]/g, String.raw`\$&`)).join('|')
  app.get(`${assets}:name(^(?:${anyOf})$)`, { schema: { ...hidden.schema, params: assetName } }, (request, reply) => {
    const path = assets + request.params.name
    const file = files.get(path)
    if (file === undefined) throw new OtaError('OTA_NOT_FOUND')
    return sendPageFile(request, reply, path, file)
  })
}

export const pageRoutes = (app: Api, { pageFiles: files }: ApiContext): void => {
  addDocument(app, files, documentPath, pagePaths)
  addDocument(app, files, stationDocumentPath, [stationPath])
  const icon = files.get('/favicon.svg')
  if (icon !== undefined) app.get('/favicon.ico', hidden, (request, reply) => sendPageFile(request, reply, '/favicon.svg', icon))
  addAssets(app, files)
  for (const [path, file] of files) {
    if (path !== documentPath && path !== stationDocumentPath && !path.startsWith(assets))
      app.get(path, hidden, (request, reply) => sendPageFile(request, reply, path, file))
  }
}
