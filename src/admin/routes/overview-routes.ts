// What the server is and does: the overview, where it listens, how it is set.

import { Type } from 'typebox'
import { inChinese } from '../../sentences/chinese.ts'
import { chineseSettings } from '../../sentences/chinese-settings.ts'
import { type Api, type ApiContext, answer, base, listAnswer, operations } from '../api.ts'
import { certificateFacts } from '../certificate-facts.ts'
import { isoTime } from '../iso-time.ts'
import { languageOf } from '../language.ts'
import { overviewNow } from '../overview.ts'
import type { ListenerJson } from '../overview-schemas.ts'
import type { SiteListener } from '../site.ts'

const operation = operations('server')

const overview = (app: Api, context: ApiContext): void => {
  const described = operation(
    'getOverview',
    'Devices, tasks, campaigns, traffic, failures, refusals and warnings in one answer.',
    {},
    { 200: answer('Overview', 'As it is now.') },
  )
  app.get(`${base}/overview`, described, async (_request, reply) => reply.send(await overviewNow(context)))
}

const server = (app: Api, { site, version, now }: ApiContext): void => {
  const described = operation(
    'getServer',
    'The server: since when it runs, how much it stores, and how much of its disk is free.',
    {},
    { 200: answer('ServerFacts', 'As it is now.') },
  )
  app.get(`${base}/server`, described, async (_request, reply) => {
    const { directory, startedAt } = site
    const facts = { version, startedAt: isoTime(startedAt), at: isoTime(now()), directory, ...(await site.data()) }
    return reply.send({ ...facts, connections: site.connections() })
  })
}

const listenerView = ({ service, url, cert }: SiteListener, now: number): ListenerJson => {
  const [, scheme = '', host = '', port = ''] = /^(\w+):\/\/(.*?):(\d+)(?:\/.*)?$/.exec(url) ?? []
  return {
    service,
    url,
    scheme,
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port: Number(port),
    encrypted: cert !== null,
    certificate: cert === null ? null : certificateFacts(cert, now),
  }
}

const listeners = (app: Api, { site, now }: ApiContext): void => {
  const described = operation(
    'listListeners',
    'Where the server listens for what, with the certificates.',
    {},
    { 200: listAnswer(Type.Ref('Listener'), 'All of them; `next` is null.') },
  )
  app.get(`${base}/listeners`, described, (_request, reply) =>
    reply.send({ items: site.listeners().map((one) => listenerView(one, now())), next: null }),
  )
}

const settings = (app: Api, { site }: ApiContext): void => {
  const described = operation(
    'listSettings',
    'The settings in effect, and where each value came from. Secrets are not shown.',
    {},
    { 200: listAnswer(Type.Ref('Setting'), 'All of them; `next` is null.') },
  )
  app.get(`${base}/settings`, described, (request, reply) => {
    const isChinese = languageOf(request.headers['accept-language']) === inChinese
    const items = site.settings().map((one) => (isChinese ? { ...one, description: chineseSettings[one.path] ?? one.description } : one))
    return reply.send({ items, next: null })
  })
}

export const overviewRoutes = (app: Api, context: ApiContext): void => {
  for (const add of [overview, server, listeners, settings]) add(app, context)
}
