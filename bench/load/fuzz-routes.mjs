// The part of the fuzz that asks every route of openapi.json: bad JSON, bad queries, bad names, cut bodies, lists of devices. Each request has
// an answer below 500, in JSON where the route speaks JSON.

import { Agent, request } from 'node:http'
import { createChance } from './chance.mjs'
import { bodyFor, odd, queryFor, webProduct } from './fuzz-bodies.mjs'
import { patience } from './fuzz-client.mjs'

/** What has been made is kept by the server, by design: from then on only what is there is changed. */
const most = { campaigns: 100, firmware: 150 }

const inPlace = (place) => (each) => each.in === place

/** The routes in openapi.json: `{ method, path, queries, needed, type }`. */
export const routesOf = (document) =>
  Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { parameters = [], requestBody }]) => ({
      method: method.toUpperCase(),
      path,
      queries: parameters.filter(inPlace('query')).map(({ name }) => name),
      needed: parameters.filter((each) => each.in === 'query' && each.required).map(({ name }) => name),
      type: Object.keys(requestBody?.content ?? {})[0],
    })),
  )

const idsFor = (path, pools) =>
  path.startsWith('/api/v1/campaigns') ? pools.campaigns() : path.startsWith('/api/v1/tasks') ? pools.tasks() : pools.firmwares()

const encoded = (text) => {
  // Half of a surrogate pair cannot be encoded.
  return encodeURIComponent(text.toWellFormed())
}

const pathFor = (chance, { path }, pools) =>
  path.replaceAll(/\{(\w+)\}/g, (_all, name) => {
    if (chance.happens(0.15)) return encoded(chance.one(odd))
    if (name === 'product') return webProduct
    if (name === 'name') return `w${chance.below(pools.pool)}`
    return chance.one(idsFor(path, pools)) ?? '999999'
  })

const readAnswer = (answer, isStream, finish) => {
  const chunks = []
  answer.on('data', (data) => chunks.push(data))
  answer.on('error', () => undefined)
  answer.on('close', () => finish({ status: answer.statusCode }))
  answer.on('end', () =>
    finish({ status: answer.statusCode, type: answer.headers['content-type'], text: Buffer.concat(chunks).toString() }),
  )
  if (isStream && answer.statusCode === 200) setTimeout(() => answer.destroy(), 300)
}

/** Gives `{ status, type, text }`, or `{ failed }`. `cut`: the connection ends in the middle of the body. */
const ask = (options, body, { cut, isStream }) =>
  new Promise((finish) => {
    const sent = request(options, (answer) => readAnswer(answer, isStream, finish))
    sent.setTimeout(patience, () => sent.destroy(new Error('no answer')))
    sent.on('error', (error) => finish({ failed: error.message, reused: sent.reusedSocket }))
    if (!cut) return sent.end(body)
    sent.write(body)
    setTimeout(() => {
      sent.destroy()
      finish({ cut: true })
    }, 20)
  })

/** A connection that was idle may end just when it is used again: then the request is made on a new one, as clients do. */
const askAgain = async (options, body, manner) => {
  const answer = await ask(options, body, manner)
  return answer.reused === true ? ask({ ...options, agent: false }, body, manner) : answer
}

const isJson = (text) => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** What is wrong with an answer, or undefined. */
const faultOf = ({ status, type = '', text = '', failed, cut }) => {
  if (cut) return undefined
  if (failed !== undefined) return `has no answer: ${failed}`
  if (status >= 500) return `has status ${status}: ${text.slice(0, 300)}`
  if (/\n\s+at .+:\d+:\d+/.test(text)) return `answers with a stack: ${text.slice(0, 500)}`
  if (/json/.test(type) && !isJson(text)) return `answers with what is not JSON: ${text.slice(0, 300)}`
  return undefined
}

/** Ids that the fuzz may change; those of the well-behaved device's product are left out. Read again every 5 s. */
export const createPools = ({ admin, pool, spared }) => {
  let [firmwares, campaigns, tasks] = [[], [], []]
  const idsOf = (page, isSpared) => page.items.filter((each) => !isSpared(each)).map(({ id }) => id)
  const read = async () => {
    const sparedFirmware = new Set()
    const all = await admin('GET', '/firmware?limit=1000')
    for (const { id, product } of all.items) if (product === spared) sparedFirmware.add(id)
    firmwares = idsOf(all, ({ id }) => sparedFirmware.has(id))
    campaigns = idsOf(await admin('GET', '/campaigns?limit=1000'), ({ firmware }) => sparedFirmware.has(firmware))
    tasks = idsOf(await admin('GET', '/tasks?limit=200'), ({ device }) => device.startsWith(`${spared}/`))
  }
  return { pool, read, firmwares: () => firmwares, campaigns: () => campaigns, tasks: () => tasks }
}

const isFull = ({ method, path }, search, made) =>
  (method === 'POST' && path === '/api/v1/campaigns' && made.campaigns >= most.campaigns && !search.includes('dryRun=true')) ||
  (method === 'PUT' && path === '/api/v1/firmware' && made.firmware >= most.firmware)

/** A changed digit must not reach what the well-behaved device is updated with. */
const touches = (body, pools) => {
  const [, id] = /"firmware"\s*:\s*"?(\d+)/.exec(body.toString('latin1')) ?? []
  return id !== undefined && Number(id) < 999_999 && !pools.firmwares().includes(id)
}

/** `document`: openapi.json. Plays the case with this number. */
export const createRoutesFuzz = ({ seed, port, token, document, pools, findings }) => {
  const routes = routesOf(document)
  const agent = new Agent({ keepAlive: true, maxSockets: 20 })
  const made = { campaigns: 0, firmware: 0 }
  return async (number) => {
    const chance = createChance(`${seed}/routes/${number}`)
    const route = chance.one(routes)
    const search = queryFor(chance, route)
    const body = route.type === undefined || chance.happens(0.05) ? Buffer.alloc(0) : bodyFor(chance, route, pools)
    if (isFull(route, search, made) || touches(body, pools)) return
    const target = pathFor(chance, route, pools)
    const options = {
      agent,
      host: '127.0.0.1',
      port,
      method: chance.happens(0.97) ? route.method : chance.one(['GET', 'POST', 'OPTIONS', 'PATCH', 'PUT']),
      path: `${target}${search}`,
      headers: {
        authorization: `Bearer ${chance.happens(0.98) ? token : 'wrong'}`,
        ...(body.length > 0 && {
          'content-type': chance.happens(0.95) ? route.type : chance.one(['text/plain', 'application/json;charset=x', '']),
        }),
      },
    }
    findings.count('routes asked')
    const cut = body.length > 0 && chance.happens(0.03)
    const answer = await askAgain(options, body, { cut, isStream: route.path.endsWith('/events') })
    if (answer.status === 201 && route.path === '/api/v1/campaigns' && !search.includes('dryRun=true')) made.campaigns += 1
    if (answer.status === 201 && route.path === '/api/v1/firmware') made.firmware += 1
    findings.count(`routes answered ${answer.status ?? (answer.cut ? 'cut' : 'not')}`)
    const fault = faultOf(answer)
    if (fault !== undefined) findings.fault(`routes ${number}`, `${options.method} ${options.path.slice(0, 300)} ${fault}`)
  }
}
