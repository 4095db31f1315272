// The token of the admin API: a new one in the place of the old one. Reads no file.

import { type Api, type ApiContext, answer, base, operations } from '../api.ts'

const operation = operations('server')

export const tokenRoutes = (app: Api, { renewToken, streams, log }: ApiContext): void => {
  const described = operation(
    'rotateToken',
    'Makes a new token. The old one is refused from then on, and event streams that were opened with it end.',
    {},
    { 200: answer('Token', 'The new token.') },
  )
  app.post(`${base}/token/rotate`, described, async (_request, reply) => {
    const renewed = await renewToken()
    for (const stream of streams) stream.end()
    log.info({ file: renewed.file }, 'the token of the admin API was replaced')
    return reply.send(renewed)
  })
}
