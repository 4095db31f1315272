// Runs as files: CSV for spreadsheets, JSON lines for programs, and the test records of OpenHTF. Knows no route.

import type { FastifyReply, FastifyRequest } from 'fastify'
import { say } from '../sentences/sentence.ts'
import type { RunQuery } from '../station/ports.ts'
import type { Run } from '../station/run-model.ts'
import type { ApiContext } from './api.ts'
import { sendCsv, sendLines } from './csv-answer.ts'
import { csvTable, said } from './csv-columns.ts'
import { isoOrNull, isoTime } from './iso-time.ts'
import { inLanguageOf, languageOf, sayIn } from './language.ts'
import { openHtfRecord } from './openhtf.ts'
import { runView } from './run-views.ts'

export interface RunExport {
  readonly format: 'csv' | 'jsonl' | 'openhtf'
  readonly bom: boolean
  readonly filter: Omit<RunQuery, 'limit' | 'before'>
}

const versionsText = (versions: Run['versionAfter']): string =>
  Object.entries(versions)
    .map(([module, version]) => `${module}=${version}`)
    .join(';')

const measurementsText = ({ steps }: Run): string =>
  steps
    .flatMap(({ measurements }) => measurements)
    .map(({ name, value, unit }) => `${name}=${String(value)}${unit === null ? '' : ` ${unit}`}`)
    .join(';')

const columns = {
  id: ({ id }: Run) => id,
  station: ({ station }: Run) => said(station),
  slot: ({ slot }: Run) => slot,
  procedure: ({ procedure }: Run) => said(procedure),
  rev: ({ rev }: Run) => rev,
  product: ({ product }: Run) => said(product),
  process: ({ process }: Run) => said(process),
  serial: ({ serial }: Run) => said(serial),
  device: ({ device }: Run) => said(device),
  operator: ({ operator }: Run) => said(operator),
  workOrder: ({ workOrder }: Run) => said(workOrder),
  attempt: ({ attempt }: Run) => attempt,
  reference: ({ reference }: Run) => reference,
  reason: ({ reason }: Run) => said(reason),
  state: ({ state }: Run) => state,
  outcome: ({ outcome }: Run) => outcome,
  code: ({ code }: Run) => code,
  text: (run: Run) => said(run.said === null ? null : say(run.said)),
  measurements: (run: Run) => said(measurementsText(run)),
  remote: ({ remote }: Run) => said(remote),
  versionBefore: ({ versionBefore }: Run) => said(versionsText(versionBefore)),
  versionAfter: ({ versionAfter }: Run) => said(versionsText(versionAfter)),
  clockSuspect: ({ clockSuspect }: Run) => clockSuspect,
  scannedAt: ({ scannedAt }: Run) => isoTime(scannedAt),
  connectedAt: ({ connectedAt }: Run) => isoOrNull(connectedAt),
  endedAt: ({ endedAt }: Run) => isoOrNull(endedAt),
}
const runsTable = csvTable((run: Run) => run, columns)

const jsonLines = { name: 'runs', ending: 'jsonl', type: 'application/jsonl', head: '' } as const

export const sendRuns = (
  context: ApiContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { format, bom, filter }: RunExport,
): FastifyReply => {
  const items = () => context.stations.runs.all(filter)
  if (format === 'csv') return sendCsv(context, request, reply, { name: 'runs', bom, table: runsTable, items })
  if (format === 'openhtf') {
    const line = (run: Run): string => (run.state === 'ended' ? `${JSON.stringify(openHtfRecord(run))}\n` : '')
    return sendLines(context, request, reply, { ...jsonLines, line, items })
  }
  inLanguageOf(request, reply, {})
  const language = languageOf(request.headers['accept-language'])
  const line = (run: Run): string => `${JSON.stringify(sayIn(language, runView(run)))}\n`
  return sendLines(context, request, reply, { ...jsonLines, line, items })
}
