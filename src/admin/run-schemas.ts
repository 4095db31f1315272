// The JSON of runs at test stations, and of what a scan answers. Knows no route.

import { type Static, Type } from 'typebox'
import { outcomes, refusalCodes, runCodes, runStates, stepNames } from '../station/run-model.ts'
import { fromOne, idText, nullable, strict, text, time } from './schema-words.ts'
import { paramsRef } from './sentence-schemas.ts'

const outcome = Type.Enum(outcomes, { type: 'string', description: '`error`: a fault of the station; `aborted`: by the operator.' })
const maybeText = (description: string) => nullable(Type.String({ description }))
const maybeTime = (description: string) => nullable(Type.String({ format: 'date-time', description }))
export const measuredValue = Type.Union([Type.Number(), Type.String(), Type.Boolean()])

/** Beside the code of a run, which is a word of its own, its sentence. */
const verdictFields = {
  code: nullable(Type.Enum(runCodes, { type: 'string', description: 'Why it has not passed. Later versions may have more.' })),
  text: maybeText('The same in words, in the language of the request.'),
  textCode: maybeText('The code of the sentence that `text` says.'),
  params: nullable(paramsRef),
}

const measurement = Type.Object(
  {
    name: text,
    value: measuredValue,
    unit: nullable(text),
    low: nullable(Type.Number({ description: 'The smallest value that passes.' })),
    high: nullable(Type.Number({ description: 'The largest value that passes.' })),
    equals: nullable(measuredValue),
    outcome: nullable(Type.Enum(['passed', 'failed'] as const, { type: 'string', description: 'null: it has no limit.' })),
    marginal: Type.Boolean({ description: 'Passed, within 5 % of the range from one of its ends.' }),
  },
  { ...strict, $id: 'Measurement' },
)

const step = Type.Object(
  {
    name: Type.Enum(stepNames, { type: 'string' }),
    outcome: nullable(Type.Enum([...outcomes, 'skipped'] as const, { type: 'string', description: 'null: it goes on.' })),
    startedAt: time,
    endedAt: nullable(time),
    ...verdictFields,
    measurements: Type.Array(Type.Ref('Measurement')),
  },
  { ...strict, $id: 'RunStep' },
)

const versions = (description: string) => Type.Record(text, text, { description })

const run = Type.Object(
  {
    id: idText('Counts up.'),
    station: text,
    slot: fromOne('The fixture position.'),
    procedure: text,
    rev: fromOne('The revision of the procedure.'),
    product: text,
    process: text,
    serial: text,
    label: Type.String({ description: 'What was scanned.' }),
    device: maybeText('pk/dn; null: the next board of the product, which has not come yet.'),
    operator: nullable(text),
    workOrder: nullable(text),
    attempt: fromOne('Counts up in this process of the unit.'),
    reference: nullable(Type.Enum(['golden', 'bad'] as const, { type: 'string', description: 'A board of known quality.' })),
    reason: maybeText('Why it is tested again.'),
    state: Type.Enum(runStates, { type: 'string' }),
    outcome: nullable(outcome),
    ...verdictFields,
    steps: Type.Array(Type.Ref('RunStep')),
    tasks: Type.Array(idText('A task of its updates.')),
    remote: maybeText('The address of the board, without port.'),
    versionBefore: versions('By module.'),
    versionAfter: versions('By module.'),
    wasConnected: Type.Boolean({ description: 'The board was connected before the scan.' }),
    clockSuspect: Type.Boolean({ description: "The server's clock was behind: the order is that of the ids." }),
    scannedAt: time,
    connectedAt: maybeTime('Of the board.'),
    endedAt: nullable(time),
  },
  { ...strict, $id: 'Run', description: 'One test of one unit at one slot.' },
)

const scanned = Type.Object(
  {
    kind: Type.Enum(['command', 'ignored'] as const, { type: 'string', description: '`ignored`: the scanner sent the same code twice.' }),
    text: maybeText('What was done, in the language of the request.'),
    code: maybeText('The code of that sentence.'),
    params: nullable(paramsRef),
    run: nullable(Type.Ref('Run')),
  },
  { ...strict, $id: 'Scanned', description: 'What a scan has done that began no run.' },
)

export const runSchemas = [measurement, step, run, scanned] as const

export type MeasurementJson = Static<typeof measurement>
export type RunStepJson = Omit<Static<typeof step>, 'measurements'> & { measurements: MeasurementJson[] }
export type RunJson = Omit<Static<typeof run>, 'steps'> & { steps: RunStepJson[] }
export type ScannedJson = Omit<Static<typeof scanned>, 'run'> & { run: RunJson | null }

/** In a problem: why a scan begins no run. */
export const refusalReason = Type.Optional(
  Type.String({
    description: `Of OTA_SCAN_REFUSED: ${refusalCodes.map((code) => `\`${code}\``).join(', ')}. Later versions may have more.`,
  }),
)
