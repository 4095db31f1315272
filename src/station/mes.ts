// Whether a run may begin, asked of an MES by HTTP: one POST for each run, and what its answer means. Follows no redirect, and names no
// address. Knows no station.

import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import type { Log } from '../log.ts'
import { type Sentence, say, sentence } from '../sentences/sentence.ts'
import type { RouteAnswer, RouteQuestion, StationOutside } from './ports.ts'
import { shownText } from './rules/shown-text.ts'

export interface ValidationSettings {
  /** http or https. */
  readonly url: string
  /** For the whole answer. */
  readonly timeoutMs: number
  /** Whether runs begin while the MES does not answer. */
  readonly onUnreachable: 'allow' | 'refuse'
}

export interface ValidationDeps {
  readonly log: Log
  /** Of the server: part of the User-Agent. */
  readonly version: string
  readonly lookup?: LookupFunction
}

export interface Validation {
  readonly validate: StationOutside['validate']
  /** Questions that got no answer since the start. */
  unanswered(): number
  /** Ends running questions, which get no answer. */
  close(): void
}

const mostBytes = 65_536
const longestText = 200

type Answered = RouteAnswer | { readonly unanswered: Sentence }

const unanswered = (why: Sentence): Answered => ({ unanswered: why })

const failed = (thrown: unknown): Answered => {
  const why = thrown instanceof Error ? ('code' in thrown && thrown.message === '' ? String(thrown.code) : thrown.message) : String(thrown)
  return unanswered(sentence('as_text', { text: why }))
}

// ---------------------------------------------------------------- what an answer means

type Fields = Readonly<Record<string, unknown>>

const fieldsOf = (body: string): Fields | null => {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null
  } catch {
    return null
  }
}

/** Its own words; null: there are none. */
const wordsOf = (fields: Fields | null): string | null => {
  for (const text of [fields?.['text'], fields?.['detail']]) {
    const words = typeof text === 'string' ? shownText(text, longestText) : ''
    if (words !== '') return words
  }
  return null
}

const refused = (text: string): Answered => ({ ok: false, code: 'MES_REFUSED', text })

const ofSuccess = (status: number, body: string): Answered => {
  if (body.trim() === '') return { ok: true }
  const fields = fieldsOf(body)
  if (fields?.['ok'] === true) return { ok: true }
  if (fields?.['ok'] === false) return refused(wordsOf(fields) ?? 'ok: false')
  return unanswered(sentence('floor_mes_not_understood', { status }))
}

const answerOf = (status: number, body: string): Answered => {
  if (status >= 200 && status < 300) return ofSuccess(status, body)
  if (status >= 300 && status < 400) return unanswered(sentence('floor_mes_redirected', { status }))
  const words = status >= 400 && status < 500 ? wordsOf(fieldsOf(body)) : null
  return words === null ? unanswered(sentence('floor_mes_answered', { status })) : refused(words)
}

const readAnswer = (response: IncomingMessage, settle: (answer: Answered) => void): void => {
  const parts: Buffer[] = []
  let bytes = 0
  response.on('data', (part: Buffer) => {
    bytes += part.length
    if (bytes <= mostBytes) parts.push(part)
    else {
      settle(unanswered(sentence('floor_mes_large', { most: mostBytes })))
      response.destroy()
    }
  })
  response.on('end', () => settle(answerOf(response.statusCode ?? 0, Buffer.concat(parts).toString('utf8'))))
  response.on('error', (error) => settle(failed(error)))
}

// ---------------------------------------------------------------- asked

interface Line {
  readonly send: (body: string) => ClientRequest
  close(): void
}

const openLine = ({ url: text }: ValidationSettings, { version, lookup }: ValidationDeps): Line => {
  const url = new URL(text)
  const isTls = url.protocol === 'https:'
  const agent = isTls ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
  return {
    send: (body) =>
      (isTls ? requestHttps : requestHttp)(url, {
        method: 'POST',
        agent,
        ...(lookup !== undefined && { lookup }),
        headers: {
          accept: 'application/json',
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': `fogbell/${version}`,
        },
      }),
    close: () => agent.destroy(),
  }
}

const isStale = (request: ClientRequest, error: Error): boolean =>
  request.reusedSocket && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE')

const once = (line: Line, running: Set<ClientRequest>, body: string, timeoutMs: number, isAgain = false): Promise<Answered> =>
  new Promise((resolve) => {
    const from = performance.now()
    const request = line.send(body)
    running.add(request)
    const settle = (answer: Answered | Promise<Answered>): void => {
      clearTimeout(timer)
      running.delete(request)
      resolve(answer)
    }
    const timer = setTimeout(() => {
      settle(unanswered(sentence('floor_mes_late', { ms: timeoutMs })))
      request.destroy()
    }, timeoutMs)
    request.on('response', (response) => readAnswer(response, settle))
    // The MES had closed a connection that was idle: it has not got the question.
    request.on('error', (error) => {
      const rest = timeoutMs - (performance.now() - from)
      settle(isStale(request, error) && !isAgain && rest > 0 ? once(line, running, body, rest, true) : failed(error))
    })
    request.end(body)
  })

/** What begins and ends of an MES that does not answer is logged, not each question. */
const createTrouble = (log: Log, onUnreachable: ValidationSettings['onUnreachable']) => {
  let count = 0
  let isFailing = false
  return {
    count: () => count,
    add(why: Sentence): void {
      count += 1
      if (!isFailing) log.warn({ why: say(why), onUnreachable }, 'the MES does not answer whether units may be tested')
      isFailing = true
    },
    end(): void {
      if (isFailing) log.info({ unanswered: count }, 'the MES answers again')
      isFailing = false
    },
  }
}

const askMes = (settings: ValidationSettings, deps: ValidationDeps): Validation => {
  const { timeoutMs, onUnreachable } = settings
  const line = openLine(settings, deps)
  const running = new Set<ClientRequest>()
  const trouble = createTrouble(deps.log, onUnreachable)
  return {
    async validate(question: RouteQuestion) {
      const answer = await once(line, running, JSON.stringify(question), timeoutMs).catch(failed)
      if ('ok' in answer) {
        trouble.end()
        return answer
      }
      trouble.add(answer.unanswered)
      return onUnreachable === 'allow' ? { ok: true } : { ok: false, code: 'MES_UNREACHABLE', why: answer.unanswered }
    },
    unanswered: trouble.count,
    close() {
      for (const request of running) request.destroy(new Error('the server stops'))
      line.close()
    },
  }
}

/** null: all runs may begin. */
export const createValidation = (settings: ValidationSettings | null, deps: ValidationDeps): Validation =>
  settings === null ? { validate: async () => ({ ok: true }), unanswered: () => 0, close: () => undefined } : askMes(settings, deps)
