// Pages that list what the program has list all of it, and nothing else: metrics and their labels, reasons, events.

import { expect, test } from 'vitest'
import { pageText } from '../support/page-samples.ts'

/** The part of a file from the line that begins like this to the first one that begins like that. */
const part = (file: string, from: string, to: string): string => {
  const [, rest = ''] = pageText(file).split(`\n${from}`)
  return rest.split(`\n${to}`)[0] ?? ''
}
const matches = (text: string, pattern: RegExp): readonly string[] =>
  [...new Set([...text.matchAll(pattern)].map(([, name = '']) => name))].sort()

const inCode = /`([a-z_]+)`/g
const quoted = /'([a-z_]+)'/g
const keys = /^ {2}([a-z_]+):/gm

/** The row of a table that begins with this cell, without that cell. */
const row = (page: string, cell: string): string => part(page, `| ${cell} |`, '')

const metricsPart = part('docs/operations.md', '## Metrics', '## ')

test('the metrics', () => {
  const documented = matches(metricsPart, /`(fogbell_[a-z_]+)`/g)
  const sources = pageText('src/admin/metrics.ts') + pageText('src/admin/webhook-metrics.ts')
  expect(documented).toEqual(matches(sources, /'(fogbell_[a-z_]+)'/g))
  expect(documented.length).toBeGreaterThan(20)
})

const devicesPart = row('docs/api.md', '`device`').split(')')[0] ?? ''
const eventSource = part('src/ota/ports/observers.ts', 'export type Event', '      readonly detail').split('readonly what: ')[1] ?? ''

test.each([
  [
    'the ends of connections',
    row('docs/operations.md', '`fogbell_disconnects_total`'),
    part('src/ota/rules/connection-sentence.ts', 'const ended', '}'),
    keys,
  ],
  ['the bounds', row('docs/operations.md', '`fogbell_quotas_reached_total`'), part('src/quotas.ts', 'const messages', '}'), keys],
  ['what happens to devices', devicesPart.split('`what` (')[1] ?? '', eventSource.split('\n')[0] ?? '', quoted],
])('%s', (_what, page, source, pattern) => {
  const known = matches(source, pattern)
  expect(known.length).toBeGreaterThan(2)
  expect(matches(page, inCode).filter((name) => name !== 'reason' && name !== 'quota')).toEqual(known)
})

test('the reasons for which messages of devices are dropped', () => {
  const listed = matches(part('docs/protocol.md', 'The reasons, as counted in', '## '), /^\| `([a-z_]+)` \|/gm)
  expect(listed).toEqual(matches(part('src/ota/dialects/dialect.ts', 'export type DropReason', '\n'), quoted))
})
