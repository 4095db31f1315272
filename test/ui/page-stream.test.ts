// The stream of a page's live events over a fake connection: how it is opened again.

import { afterEach, expect, test, vi } from 'vitest'
import { openPageStream, type PageStream, type StreamNotice } from '../../src/ui/api/page-stream.ts'

let stream: PageStream | undefined
afterEach(() => {
  stream?.close()
  vi.unstubAllGlobals()
})

/** Answers each request with these events, and stays open. */
const serve = (text: string): string[] => {
  const asked: string[] = []
  vi.stubGlobal('fetch', (address: string) => {
    asked.push(address)
    const body = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode(text)) })
    return Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } }))
  })
  return asked
}

test('another tab that comes makes the stream begin anew, and what came meanwhile is asked for', async () => {
  const asked = serve('id: 5\nevent: task\ndata: {}\n\n')
  const seen: StreamNotice[] = []
  stream = openPageStream('en', (notice) => void seen.push(notice))
  await vi.waitUntil(() => seen.some(({ kind }) => kind === 'event'))
  stream.restart()
  await vi.waitUntil(() => asked.length === 2)
  expect(new URLSearchParams(asked[1]?.split('?')[1]).get('lastEventId')).toBe('5')
})

test('a stream that nobody wants any more is not opened again, until somebody comes', async () => {
  const asked = serve('id: 5\nevent: task\ndata: {}\n\n')
  const seen: StreamNotice[] = []
  stream = openPageStream('en', (notice) => void seen.push(notice))
  await vi.waitUntil(() => seen.some(({ kind }) => kind === 'event'))
  stream.close()
  expect(asked).toHaveLength(1)
  stream.restart()
  await vi.waitUntil(() => asked.length === 2)
})
