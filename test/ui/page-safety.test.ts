// What the page makes of answers, moments, pages and names that are not as they should be.

import { expect, it } from 'vitest'
import { answered, isRefusal, type Refusal } from '../../src/ui/api/client.ts'
import { curlText } from '../../src/ui/parts/curl-text.ts'
import { mostPages, type PagesBefore, withPage } from '../../src/ui/parts/pages.ts'
import { ago, dateTime, loadTexts, text, withOwnTimes } from '../../src/ui/text/text.ts'

const thrownBy = (act: () => unknown): unknown => {
  try {
    return act()
  } catch (thrown) {
    return thrown
  }
}
const problemOf = (status: number, text: string): unknown => {
  const thrown = thrownBy(() => answered(status, text))
  return isRefusal(thrown) ? (thrown satisfies Refusal).problem : 'no refusal'
}

it('an answer of a proxy is no problem of the server, whatever JSON or HTML it is', () => {
  for (const text of ['<html>', '', 'null', '[]', '"detail"', '{"detail":["no"]}', '{"detail":{"a":1}}', '{"detail":"no","faults":{}}'])
    expect([text, problemOf(502, text)]).toEqual([text, null])
  expect(problemOf(200, '<html>')).toBeNull()
  expect(problemOf(400, '{"detail":"no","faults":[{"path":"a","message":7}]}')).toBeNull()
  expect(problemOf(400, '{"detail":"no","faults":[{"path":"a","message":"b"}]}')).toMatchObject({ detail: 'no' })
})

it('what looks like a moment and is none is left as it is', () => {
  expect(withOwnTimes('Since 9999-99-99T99:99:99Z.')).toBe('Since 9999-99-99T99:99:99Z.')
  expect(withOwnTimes('Until 2026-01-02T03:04:05.000Z.')).not.toContain('T03')
  expect([dateTime(Number.NaN), dateTime(9e15), ago(Number.NaN, 0)]).toEqual(['–', '–', '–'])
})

it('the pages before the one that is shown are kept up to a bound, the oldest are given up', () => {
  let pages: PagesBefore = new Map()
  for (let at = 1; at <= mostPages + 5; at += 1) pages = withPage(pages, `p${at}`, `p${at - 1}`)
  expect(pages.size).toBe(mostPages)
  expect([pages.get(`p${mostPages + 5}`), pages.get('p5')]).toEqual([`p${mostPages + 4}`, undefined])
})

it('a file whose name has brackets, a dash or quotes is one file for curl', () => {
  const of = (file: string): string => curlText({ method: 'PUT', path: '/firmware', file }, 'http://a').split('\n').at(-1) ?? ''
  expect(of('fw[1].bin')).toBe(`  -g -T 'fw[1].bin'`)
  expect(of('-')).toBe(`  -g -T './-'`)
  expect(of(`it's $(id)`)).toBe(`  -g -T 'it'\\''s $(id)'`)
})

it('one device is one device, and a typed number that is none is said as it was typed', async () => {
  await loadTexts('campaigns')
  expect([1, 2, '?'].map((n) => text('campaigns.sizeCount', { n }))).toEqual(['1 device', '2 devices', '? devices'])
})
