// What a request at test stations is about, found, and whose it is. Knows no route.

import type { FastifyRequest } from 'fastify'
import { faultAt, OtaError } from '../errors.ts'
import type { PersonRole } from '../roles.ts'
import { sentence } from '../sentences/sentence.ts'
import type { RunPlace, RunQuery, Stations } from '../station/ports.ts'
import type { Run } from '../station/run-model.ts'
import { actorOf } from './callers.ts'
import { badCursor, parseId } from './paging.ts'
import { mustBeOfStation } from './rights.ts'
import type { RunFields } from './station-inputs.ts'
import { badRequest } from './validation.ts'

/** The run of that id, or OTA_RUN_UNKNOWN; OTA_FORBIDDEN for a station whose run it is not, and for less than that role. */
export const ownRun = async ({ runs }: Pick<Stations, 'runs'>, request: FastifyRequest, text: string, needed: PersonRole): Promise<Run> => {
  const id = parseId(text)
  if (id === undefined) throw new OtaError('OTA_RUN_UNKNOWN', sentence('floor_run_unknown', { run: text }))
  const run = await runs.find(id)
  mustBeOfStation(actorOf(request).caller, run.station, needed)
  return run
}

/** The place as a text for `after`. */
export const cursorOfRuns = (place: RunPlace): string =>
  place.section === 'open' ? `open.${place.id}` : `ended.${place.endedAt}.${place.id}`

const openForm = /^open\.(\d{1,10})$/
const endedForm = /^ended\.(-?\d{1,13})\.(\d{1,10})$/

/** OTA_BAD_REQUEST for what is no cursor of `cursorOfRuns`. */
export const placeOfRuns = (cursor: string | undefined): RunPlace | undefined => {
  if (cursor === undefined) return undefined
  const open = openForm.exec(cursor)
  if (open !== null) return { section: 'open', id: Number(open[1]) }
  const ended = endedForm.exec(cursor)
  if (ended === null) throw badCursor()
  return { section: 'ended', endedAt: Number(ended[1]), id: Number(ended[2]) }
}

/** OTA_BAD_REQUEST for what has the form of a time and is none, such as a leap second. */
export const timeOf = (path: string, text: string | undefined): number | undefined => {
  const at = text === undefined ? undefined : Date.parse(text)
  if (at !== undefined && Number.isNaN(at)) throw badRequest([faultAt(path, sentence('field_not_a_time'))])
  return at
}

export const runFilterOf = ({ serial, product, station, process, outcome, from, to }: RunFields): Omit<RunQuery, 'limit' | 'after'> => ({
  serial,
  product,
  station,
  process,
  outcome,
  from: timeOf('from', from),
  to: timeOf('to', to),
})
