// The question to an MES before a run begins: over real connections, with every kind of answer.

import { createServer as createTcp } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { say } from '../../src/sentences/sentence.ts'
import { createValidation, type ValidationSettings } from '../../src/station/mes.ts'
import type { RouteAnswer, RouteQuestion } from '../../src/station/ports.ts'
import { listenTcp } from '../support/printer.ts'
import { createRecordingLog, type LogEntry } from '../support/recording-log.ts'
import { createReceiver, type Reply } from '../support/webhook-receiver.ts'

const question: RouteQuestion = {
  station: 'fct-1',
  process: 'FCT',
  procedure: 'lamp-fct',
  rev: 3,
  product: 'lamp',
  serial: 'SN-1',
  operator: 'ada',
  workOrder: null,
}

const open = (url: string, more: Partial<ValidationSettings> = {}) => {
  const logged: LogEntry[] = []
  const settings = { url, timeoutMs: 5000, onUnreachable: 'refuse', ...more } as const
  const validation = createValidation(settings, { log: createRecordingLog(logged), version: '1.2.3' })
  onTestFinished(() => validation.close())
  return { ...validation, logged }
}

/** What is shown of it. */
const inWords = (answer: RouteAnswer): string => {
  if (answer.ok) return 'go'
  return answer.code === 'MES_REFUSED' ? `refused: ${answer.text}` : `unreachable: ${say(answer.why)}`
}

test('without the setting every run may begin', async () => {
  const { validate } = createValidation(null, { log: createRecordingLog([]), version: '1.2.3' })
  expect(await validate(question)).toEqual({ ok: true })
})

test('the question is posted as JSON, over one connection', async () => {
  const receiver = await createReceiver()
  const { validate } = open(receiver.url)
  expect(await validate(question)).toEqual({ ok: true })
  expect(await validate({ ...question, serial: 'SN-2' })).toEqual({ ok: true })
  expect(receiver.received.map(({ body }) => body)).toEqual([question, { ...question, serial: 'SN-2' }])
  expect(receiver.received[0]?.headers).toMatchObject({ 'content-type': 'application/json', 'user-agent': 'fogbell/1.2.3' })
  expect(receiver.connections()).toBe(1)
})

const json = (value: unknown, status = 200): Reply => ({ status, text: JSON.stringify(value) })

const cases: readonly (readonly [name: string, reply: Reply, words: string])[] = [
  ['204', 204, 'go'],
  ['white space', { status: 200, text: ' \r\n' }, 'go'],
  ['ok', json({ ok: true, text: 'welcome' }), 'go'],
  ['not ok', json({ ok: false, text: 'order closed' }), 'refused: order closed'],
  ['not ok, as detail', json({ ok: false, detail: 'order closed' }), 'refused: order closed'],
  ['not ok, without words', json({ ok: false, text: ' \u0007' }), 'refused: ok: false'],
  ['4xx with a text', json({ text: 'SN-1 is scrapped' }, 409), 'refused: SN-1 is scrapped'],
  ['4xx with a problem', json({ title: 'No', detail: 'SN-1 is scrapped' }, 422), 'refused: SN-1 is scrapped'],
  ['control characters', json({ ok: false, text: 'a\u0000\nb\u202e\ud800c' }), 'refused: a bc'],
  ['a long text', json({ ok: false, text: '板'.repeat(300) }), `refused: ${'板'.repeat(200)}…`],
  ['4xx without words', 404, 'unreachable: it answered 404'],
  ['4xx with other words', json({ detail: [{ msg: 'no' }] }, 422), 'unreachable: it answered 422'],
  ['5xx with words', json({ ok: false, text: 'no' }, 503), 'unreachable: it answered 503'],
  ['a redirect', { status: 302, headers: { location: '/other' } }, 'unreachable: it answered 302, and redirects are not followed'],
  ['no JSON', { status: 200, text: '<html>' }, 'unreachable: it answered 200 with a body that is not understood'],
  ['JSON of another kind', json([true]), 'unreachable: it answered 200 with a body that is not understood'],
  ['ok as text', json({ ok: 'true' }), 'unreachable: it answered 200 with a body that is not understood'],
  ['too much', { status: 200, text: ' '.repeat(70_000) }, 'unreachable: its answer is larger than 65536 bytes'],
  ['a connection that is cut', 'cut', 'unreachable: socket hang up'],
]

test.each(cases)('an answer: %s', async (_name, reply, words) => {
  const receiver = await createReceiver()
  receiver.replies.push(reply)
  const { validate } = open(receiver.url)
  expect(inWords(await validate(question))).toBe(words)
  expect(receiver.received).toHaveLength(1)
})

test.each([['hold'], ['hang']] as const)('no answer in time: %s', async (reply) => {
  const receiver = await createReceiver()
  receiver.replies.push(reply)
  const { validate } = open(receiver.url, { timeoutMs: 30 })
  expect(inWords(await validate(question))).toBe('unreachable: no answer in 30 ms')
})

test('where the MES does not answer runs begin if the setting says so; that is counted, and logged once until it answers again', async () => {
  const receiver = await createReceiver()
  const { validate, unanswered, logged } = open(receiver.url, { onUnreachable: 'allow' })
  receiver.replies.push(500, 500, json({ ok: false, text: 'no' }), 500)
  const answers = [await validate(question), await validate(question), await validate(question), await validate(question)]
  expect(answers.map(inWords)).toEqual(['go', 'go', 'refused: no', 'go'])
  expect(unanswered()).toBe(3)
  expect(logged.map(({ level, message }) => `${level}: ${message}`)).toEqual([
    'warn: the MES does not answer whether units may be tested',
    'info: the MES answers again',
    'warn: the MES does not answer whether units may be tested',
  ])
})

test('nobody listens: unreachable', async () => {
  const server = createTcp()
  const port = await listenTcp(server)
  await new Promise((resolve) => server.close(resolve))
  const { validate } = open(`http://127.0.0.1:${port}/`)
  expect(inWords(await validate(question))).toContain(`unreachable: connect ECONNREFUSED 127.0.0.1:${port}`)
})

test('a connection that the MES has closed while it was idle is opened again', async () => {
  let connections = 0
  const server = createTcp((socket) => {
    connections += 1
    socket.on('error', () => undefined)
    socket.once('data', () => {
      socket.write('HTTP/1.1 204 No Content\r\n\r\n')
      socket.once('data', () => socket.resetAndDestroy())
    })
  })
  const port = await listenTcp(server)
  const { validate } = open(`http://127.0.0.1:${port}/`)
  expect([await validate(question), await validate(question)]).toEqual([{ ok: true }, { ok: true }])
  expect(connections).toBe(2)
})

test('the stop ends a question', async () => {
  const receiver = await createReceiver()
  receiver.usual = 'hold'
  const { validate, close } = open(receiver.url)
  const asked = validate(question)
  await receiver.count(1)
  close()
  expect(inWords(await asked)).toBe('unreachable: the server stops')
})
