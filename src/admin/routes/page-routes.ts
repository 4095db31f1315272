// The web page: one document under the address of each of its views, and its scripts and styles, all from memory. Anybody may have them: what
// they show comes from the API.

import { OtaError } from '../../errors.ts'
import { sentence } from '../../sentences/sentence.ts'
import type { Api, ApiContext } from '../api.ts'
import { documentPath, sendPageFile } from '../page-files.ts'

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

const notBuilt = (): OtaError => new OtaError('OTA_NOT_FOUND', sentence('page_not_built'))
const hidden = { schema: { hide: true, querystring: {} } }

export const pageRoutes = (app: Api, { pageFiles: files }: ApiContext): void => {
  const document = files.get(documentPath)
  for (const path of pagePaths) {
    app.get(path, hidden, (request, reply) => {
      if (document === undefined) throw notBuilt()
      return sendPageFile(request, reply, documentPath, document)
    })
  }
  const icon = files.get('/favicon.svg')
  if (icon !== undefined) app.get('/favicon.ico', hidden, (request, reply) => sendPageFile(request, reply, '/favicon.svg', icon))
  for (const [path, file] of files) {
    if (path !== documentPath) app.get(path, hidden, (request, reply) => sendPageFile(request, reply, path, file))
  }
}
