import { describe, expect, test } from 'vitest'
import { follow, type StreamItem } from '../../src/cli/sse.ts'
import { OtaError } from '../../src/errors.ts'
import { readEvents, type ServerEvent } from '../../src/sse-reader.ts'
import { createCliTerminalFixture } from '../support/cli-terminal-fixture.ts'

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield new TextEncoder().encode(text)
}

const read = async (...texts: string[]): Promise<ServerEvent[]> => {
  const events: ServerEvent[] = []
  for await (const event of readEvents(chunks(...texts))) events.push(event)
  return events
}

describe('a stream of events', () => {
  test('is read with any line ends and any chunks', async () => {
    const text = 'id: 7\nevent: task\ndata: {"a":1}\n\n'
    const wanted = [{ id: '7', event: 'task', data: '{"a":1}' }]
    for (const end of ['\n', '\r\n', '\r']) {
      const whole = text.replaceAll('\n', end)
      for (let at = 0; at <= whole.length; at++) expect(await read(whole.slice(0, at), whole.slice(at))).toEqual(wanted)
    }
  })

  test('characters that are split between chunks are joined', async () => {
    const bytes = new TextEncoder().encode('data: 设\n\n')
    async function* cut(): AsyncGenerator<Uint8Array> {
      yield bytes.slice(0, 7)
      yield bytes.slice(7)
    }
    for await (const event of readEvents(cut())) expect(event.data).toBe('设')
  })

  test('comments are skipped, several data lines are one text, and a colon may have no space', async () => {
    expect(await read(': ping\n\nevent:x\ndata:a\ndata: b\n\n')).toEqual([{ id: null, event: 'x', data: 'a\nb' }])
  })

  test('an id without data is given, and stays for the events that follow', async () => {
    expect(await read('id: 4\n\ndata: x\n\n')).toEqual([
      { id: '4', event: 'message', data: null },
      { id: '4', event: 'message', data: 'x' },
    ])
  })

  test('an incomplete event at the end is dropped', async () => {
    expect(await read('data: x\n\ndata: half')).toEqual([{ id: null, event: 'message', data: 'x' }])
  })
})

const streamOf = (text: string): Response => new Response(text)

const followed = async (
  answers: (Response | OtaError)[],
  signal = new AbortController().signal,
): Promise<[StreamItem[], (string | null)[]]> => {
  const asked: (string | null)[] = []
  const signs: StreamItem[] = []
  const { io } = createCliTerminalFixture()
  const connect = (lastId: string | null): Promise<Response> => {
    asked.push(lastId)
    const answer = answers.shift() ?? new OtaError('OTA_NOT_FOUND', 'the script is over')
    return answer instanceof OtaError ? Promise.reject(answer) : Promise.resolve(answer)
  }
  try {
    for await (const sign of follow({ io, connect, signal })) signs.push(sign)
  } catch (error) {
    signs.push({ kind: 'lost', why: error instanceof OtaError ? error.code : String(error) })
  }
  return [signs, asked]
}

describe('following', () => {
  test('a stream that ends is resumed after the last event', async () => {
    const [signs, asked] = await followed([streamOf('id: 5\n\nid: 6\nevent: task\ndata: {}\n\n'), streamOf('event: reset\ndata: {}\n\n')])
    expect(asked).toEqual([null, '6', '6'])
    expect(signs.map(({ kind }) => kind)).toEqual(['open', 'event', 'lost', 'open', 'reset', 'lost', 'lost'])
    expect(signs[3]).toEqual({ kind: 'open', resumed: true })
  })

  test('a first connection that fails is reported at once', async () => {
    const [signs, asked] = await followed([new OtaError('OTA_UNREACHABLE', 'no')])
    expect(asked).toHaveLength(1)
    expect(signs).toEqual([{ kind: 'lost', why: 'OTA_UNREACHABLE' }])
  })

  test('an unreachable or stopping server is tried again, and reported as lost once', async () => {
    const away = new OtaError('OTA_UNREACHABLE', 'no')
    const [signs] = await followed([streamOf('id: 5\n\n'), away, new OtaError('OTA_STOPPING'), away, streamOf('data: x\n\n')])
    expect(signs.map(({ kind }) => kind)).toEqual(['open', 'lost', 'open', 'event', 'lost', 'lost'])
  })

  test('a server that stays unreachable is given up after five minutes', async () => {
    const away = Array.from({ length: 200 }, () => new OtaError('OTA_UNREACHABLE', 'no'))
    const [signs, asked] = await followed([streamOf('id: 5\n\n'), ...away])
    expect(signs.at(-1)).toEqual({ kind: 'lost', why: 'OTA_UNREACHABLE' })
    expect(asked.length).toBeLessThan(100)
    expect(asked.length).toBeGreaterThan(20)
  })

  test('an abort ends it silently', async () => {
    const stop = new AbortController()
    stop.abort()
    expect(await followed([streamOf('data: x\n\n')], stop.signal)).toEqual([[], []])
  })
})
