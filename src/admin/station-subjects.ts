// What the audit has of acts at test stations: what each is about, and which are none. Runs are a record by themselves. Knows no handler.

import type { FastifyRequest } from 'fastify'
import type { Procedure, Station, Unit } from '../station/station-model.ts'
import type { ApiContext } from './api.ts'
import { type AuditSubject, type Facts, factsOf } from './audit-facts.ts'

const procedureFacts = ({ createdAt: _at, createdBy: _by, releasedAt, releasedBy: _who, campaigns: _all, ...rest }: Procedure): Facts =>
  factsOf({ ...rest, released: releasedAt !== null })

const stationFacts = ({ createdAt: _at, ...rest }: Station): Facts => factsOf({ ...rest })

const unitFacts = ({ device, released, replaced }: Unit): Facts => factsOf({ device, released: released.length, replaced: replaced.length })

/** null: it is not there, or cannot be read. */
const orNull = async (find: () => Promise<Facts> | Facts): Promise<Facts | null> => {
  try {
    return await find()
  } catch {
    return null
  }
}

const byId: Readonly<Record<string, readonly [name: string, find: (context: ApiContext, id: string) => Promise<Facts> | Facts]>> = {
  procedures: ['procedure', async ({ stations }, id) => procedureFacts(await stations.procedures.find(id))],
  stations: ['station', ({ stations }, id) => stationFacts(stations.stations.find(id))],
  runs: [
    'run',
    async ({ stations }, id) => {
      const { state, outcome } = await stations.runs.find(Number(id))
      return factsOf({ state, outcome })
    },
  ],
}

/** `kind`: the part of the path that names the kind of record. null: it is none of stations. */
export const stationSubject = (context: ApiContext, { params }: FastifyRequest, kind: string): AuditSubject | null => {
  const given: Readonly<Record<string, unknown>> = typeof params === 'object' && params !== null ? { ...params } : {}
  const { id, product, serial } = given
  const known = Object.hasOwn(byId, kind) ? byId[kind] : undefined
  if (known !== undefined && typeof id === 'string') {
    const [name, find] = known
    return { name: `${name} ${id}`, now: () => orNull(() => find(context, id)) }
  }
  if (kind !== 'units' || typeof product !== 'string' || typeof serial !== 'string') return null
  const find = async (): Promise<Facts> => unitFacts((await context.stations.units.certificate(product, serial)).unit)
  return { name: `unit ${product}/${serial}`, now: () => orNull(find) }
}

/** Of scanners and jigs. */
const work = /^\/api\/v1\/(stations\/:id\/scan|runs\/:id\/(measurements|finish))$/
/** Of those who stand at the station, with its token. */
const workOfOwn = /^\/api\/v1\/runs\/:id\/(abort|acknowledge)$/

/** What is recorded as a run, and is no act of the audit. */
export const isWorkOfStations = ({ caller, routeOptions }: FastifyRequest): boolean => {
  const url = routeOptions.url ?? ''
  return work.test(url) || (caller?.role === 'station' && workOfOwn.test(url))
}
