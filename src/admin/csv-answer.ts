// A list as CSV: whether it is asked for, and the answer, which is written in pieces as fast as the client reads it and ends with the client.
// Knows no list.

import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { faultAt } from '../errors.ts'
import type { Turns } from '../ota/ports/store.ts'
import { sentence } from '../sentences/sentence.ts'
import type { ApiContext } from './api.ts'
import type { CsvTable } from './csv-columns.ts'
import { lineEnd } from './csv-text.ts'
import { isoTime } from './iso-time.ts'
import { createTurns } from './turns.ts'
import { badRequest } from './validation.ts'

/** How long one piece takes, milliseconds. */
const pieceMs = 2
/** Characters of a chunk, and bytes that wait in memory for a slow client besides what the socket holds. */
const chunkLength = 16_384
const highWaterMark = 65_536

/** The quality that Accept gives the first of these ranges that it names. */
const quality = (accept: string, ranges: readonly string[]): number => {
  const named = accept.split(',').map((one) =>
    one
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/),
  )
  for (const range of ranges) {
    const found = named.find(([name]) => name === range)
    if (found !== undefined) return Number(found.find((part) => part.startsWith('q='))?.slice(2) ?? 1)
  }
  return 0
}

const prefersCsv = (accept = ''): boolean =>
  quality(accept, ['text/csv', 'text/*']) > quality(accept, ['application/json', 'application/*', '*/*'])

interface AskedFormat {
  readonly format?: 'json' | 'csv' | undefined
  readonly bom?: boolean | undefined
}

/** Whether CSV is asked for. OTA_BAD_REQUEST for what only the other format has. */
export const wantsCsv = (request: FastifyRequest, { format, bom }: AskedFormat): boolean => {
  const isCsv = format === undefined ? prefersCsv(request.headers.accept) : format === 'csv'
  // As it was sent: `limit` always has a value.
  const given = new URLSearchParams(request.raw.url?.split('?')[1])
  const faults = isCsv
    ? ['limit', 'after'].filter((name) => given.has(name)).map((name) => faultAt(name, sentence('field_not_with_csv')))
    : bom === true
      ? [faultAt('bom', sentence('field_only_with_csv'))]
      : []
  if (faults.length > 0) throw badRequest(faults)
  return isCsv
}

/** What a list is made of. The work gets `turns`, which end it when the client has gone. */
export interface CsvSource<T> {
  /** In the name of the file. */
  readonly name: string
  /** Whether it begins with a byte order mark. */
  readonly bom: boolean
  readonly table: CsvTable<T>
  items(turns: Turns): AsyncIterable<readonly T[]>
}

const turnsFor = ({ pause }: ApiContext, reply: FastifyReply): Turns => {
  const turns = createTurns(pieceMs, pause)
  return {
    isDue: turns.isDue,
    async next() {
      await turns.next()
      if (reply.raw.destroyed) throw new Error('the client has gone')
    },
  }
}

/** A list as lines of text. The work gets `turns`, which end it when the client has gone. */
export interface LineSource<T> {
  /** In the name of the file, and how that ends. */
  readonly name: string
  readonly ending: string
  readonly type: string
  readonly head: string
  /** With its end. */
  line(item: T): string
  items(turns: Turns): AsyncIterable<readonly T[]>
}

async function* textOf<T>({ head, line, items }: LineSource<T>, turns: Turns): AsyncGenerator<string> {
  let text = head
  for await (const piece of items(turns)) {
    for (const item of piece) {
      text += line(item)
      if (text.length >= chunkLength) {
        yield text
        text = ''
      }
      if (turns.isDue()) await turns.next()
    }
  }
  yield text
}

/** `fogbell-devices-20261129T100358Z.csv` */
const fileName = ({ name, ending }: { readonly name: string; readonly ending: string }, now: number): string =>
  `fogbell-${name}-${isoTime(now).replace(/[-:]|\.\d+/g, '')}.${ending}`

/** Answers with all of the list. HEAD gets the headers and costs nothing. */
export const sendLines = <T>(context: ApiContext, request: FastifyRequest, reply: FastifyReply, source: LineSource<T>): FastifyReply => {
  const work = request.method === 'HEAD' ? [] : textOf(source, turnsFor(context, reply))
  const stream = Readable.from(work, { objectMode: false, highWaterMark })
  // A client that went away before this line closes nothing any more.
  if (reply.raw.destroyed) stream.destroy()
  return reply
    .type(source.type)
    .header('content-disposition', `attachment; filename="${fileName(source, context.now())}"`)
    .send(stream)
}

export const sendCsv = <T>(context: ApiContext, request: FastifyRequest, reply: FastifyReply, source: CsvSource<T>): FastifyReply => {
  const { name, bom, table, items } = source
  const head = (bom ? '\uFEFF' : '') + table.names.join(',') + lineEnd
  const line = (item: T): string => table.line(item) + lineEnd
  return sendLines(context, request, reply, { name, ending: 'csv', type: 'text/csv; charset=utf-8', head, line, items })
}
