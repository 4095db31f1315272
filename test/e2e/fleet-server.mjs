// The operator's side of fleet.e2e.mjs: the admin API of the server whose data directory is ./data, its metrics, and its events.

import { readFile } from 'node:fs/promises'

const isActive = (state) => state === 'notified' || state === 'in_progress'
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Repeats the request until `isIt`, for at most that many seconds. */
const until = async (what, ask, isIt, seconds) => {
  const end = performance.now() + seconds * 1000
  for (;;) {
    const answer = await ask()
    if (isIt(answer)) return answer
    if (performance.now() > end) throw new Error(`${what} is not as it should be after ${seconds} s: ${JSON.stringify(answer)}`)
    await pause(100)
  }
}

/** Lines `event:` and `data:` of server-sent events, as they arrive. */
const readEvents = async (body, each) => {
  let rest = ''
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const frames = (rest + text).split('\n\n')
    rest = frames.pop() ?? ''
    for (const frame of frames) {
      const [, name] = /^event: (.*)$/m.exec(frame) ?? []
      const [, data] = /^data: (.*)$/m.exec(frame) ?? []
      if (name !== undefined && data !== undefined) each(name, JSON.parse(data))
    }
  }
}

export const connectServer = async () => {
  const { admin } = JSON.parse(await readFile('data/fogbell.json', 'utf8'))
  const authorization = `Bearer ${(await readFile('data/admin.token', 'utf8')).trim()}`

  const call = async (method, path, body) => {
    const isRaw = Buffer.isBuffer(body)
    const type = body === undefined ? {} : { 'content-type': isRaw ? 'application/octet-stream' : 'application/json' }
    const sent = body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }
    const answer = await fetch(`${admin}/api/v1${path}`, { method, headers: { authorization, ...type }, ...sent })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return answer.json()
  }

  /** The sum over all labels that `pattern` allows. */
  const metric = async (name, pattern = /./) => {
    const text = await (await fetch(`${admin}/metrics`, { headers: { authorization } })).text()
    const lines = text.split('\n').filter((line) => /^[{ ]/.test(line.slice(name.length)) && line.startsWith(name) && pattern.test(line))
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
  }

  const tasksOf = async (campaign) => {
    const tasks = []
    for (let after = ''; after !== null; ) {
      const page = await call('GET', `/tasks?campaign=${campaign}&limit=1000${after === '' ? '' : `&after=${after}`}`)
      tasks.push(...page.items)
      after = page.next
    }
    return tasks
  }

  /** Follows a campaign's tasks until `end`, which gives the most that were notified or in progress at once. */
  const watch = async (campaign) => {
    const stop = new AbortController()
    const seen = { events: 0, resets: 0, most: 0, mostByMetric: 0, samples: 0 }
    const { body } = await fetch(`${admin}/api/v1/events?campaign=${campaign}`, { headers: { authorization }, signal: stop.signal })
    const active = new Set((await tasksOf(campaign)).filter(({ state }) => isActive(state)).map(({ id }) => id))
    const events = readEvents(body, (name, { id, state }) => {
      if (name === 'reset') seen.resets += 1
      if (name !== 'task') return
      seen.events += 1
      if (isActive(state)) active.add(id)
      else active.delete(id)
      seen.most = Math.max(seen.most, active.size)
    })
    const sample = async () => {
      while (!stop.signal.aborted) {
        seen.mostByMetric = Math.max(seen.mostByMetric, await metric('fogbell_tasks_open', /"(notified|in_progress)"/))
        seen.samples += 1
        await pause(100)
      }
    }
    const samples = sample()
    return {
      end: async () => {
        stop.abort()
        await Promise.all([events.catch(() => undefined), samples])
        return seen
      },
    }
  }
  return { call, metric, tasksOf, until, watch }
}
