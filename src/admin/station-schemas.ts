// The JSON of procedures, test stations and units. Knows no route.

import { type Static, Type } from 'typebox'
import { outcomes } from '../station/run-model.ts'
import { bindings, imageStates } from '../station/station-model.ts'
import { figureFields } from './figure-schemas.ts'
import { measuredValue, type RunJson } from './run-schemas.ts'
import { counted, fromOne, idText, nullable, strict, text, time } from './schema-words.ts'

const seconds = (description: string) => Type.Number({ description: `${description} Seconds.` })
const maybeTime = (description: string) => nullable(Type.String({ format: 'date-time', description }))
const by = Type.String({ description: 'The name of the person or token.' })

const limit = Type.Object(
  {
    name: text,
    unit: nullable(text),
    low: nullable(Type.Number()),
    high: nullable(Type.Number()),
    equals: nullable(measuredValue),
  },
  strict,
)
const selfTest = Type.Object(
  {
    source: Type.Enum(['device', 'jig'] as const, { type: 'string' }),
    topic: Type.Enum(['event/selftest', 'property'] as const, { type: 'string' }),
    limits: Type.Array(limit),
    requireAll: Type.Boolean({ description: 'A measurement that is missing fails the run.' }),
  },
  strict,
)
const stepSeconds = Type.Object(
  {
    connectSeconds: Type.Number(),
    updateSeconds: Type.Number(),
    restartSeconds: Type.Number(),
    selfTestSeconds: Type.Number(),
  },
  strict,
)
const reference = Type.Object({ everySeconds: Type.Number(), golden: Type.Array(text), bad: Type.Array(text) }, strict)
const label = Type.Object({ template: text, printer: text }, strict)

const procedureFields = {
  id: text,
  rev: fromOne('Of this revision, which never changes.'),
  product: text,
  process: text,
  bind: Type.Enum(bindings, { type: 'string' }),
  serial: Type.Object({ pattern: nullable(text) }, strict),
  firmware: Type.Array(Type.Object({ module: text, firmware: idText('The package.'), version: text, sha256: text }, strict)),
  reflash: Type.Enum(['never', 'always'] as const, { type: 'string' }),
  requires: Type.Array(text, { description: 'Processes that the unit must have passed before.' }),
  steps: stepSeconds,
  selfTest: nullable(selfTest),
  retest: Type.Object({ max: Type.Integer(), reasonNeeded: Type.Boolean() }, strict),
  reference: nullable(reference),
  label: nullable(label),
  createdAt: time,
  createdBy: by,
  releasedAt: nullable(time),
  releasedBy: nullable(text),
  campaigns: Type.Array(idText('The hidden campaign of each package.')),
}
const procedure = Type.Object(procedureFields, {
  ...strict,
  $id: 'Procedure',
  description: 'One revision of how a product is tested in a process.',
})
const revision = Type.Object({ rev: Type.Integer({ minimum: 1 }), released: Type.Boolean() }, strict)
const procedureRecord = Type.Object(
  { ...procedureFields, revisions: Type.Array(revision, { description: 'All of the procedure, ascending.' }) },
  { ...strict, $id: 'ProcedureRecord', description: 'A revision, with the numbers of all.' },
)

const stationFields = {
  id: text,
  name: text,
  slots: Type.Integer({ minimum: 1, maximum: 16 }),
  slotAddresses: Type.Array(text, { description: 'The address or block of addresses of the boards of each slot; empty: not known.' }),
  procedure: text,
  operator: Type.Enum(['none', 'scan'] as const, { type: 'string', description: '`scan`: who works there scans a code first.' }),
  language: Type.Enum(['en', 'zh'] as const, { type: 'string' }),
  passSeconds: seconds('How long a PASS is shown; 0: until the next scan.'),
  sound: Type.Boolean(),
  createdAt: time,
}
const station = Type.Object(stationFields, { ...strict, $id: 'Station', description: 'A test station as it is set up.' })

const slot = Type.Object(
  {
    slot: fromOne('The fixture position.'),
    run: nullable(Type.Ref('Run')),
    isSaving: Type.Boolean({ description: 'The run has ended but is not on disk: it is not to be shown as passed.' }),
    isAcknowledged: Type.Boolean(),
    progress: nullable(
      Type.Object(
        { bytes: counted('That were sent.'), size: counted('Of all.'), step: nullable(Type.Integer()) },
        { ...strict, description: 'Of the update.' },
      ),
    ),
    until: maybeTime('When the state it is in ends by time.'),
  },
  strict,
)
const backlog = Type.Object({ count: counted('Results.'), oldestAt: maybeTime('When the oldest ended.') }, strict)
const kind = Type.Enum(['golden', 'bad'] as const, { type: 'string' })
const stationView = Type.Object(
  {
    ...stationFields,
    rev: nullable(fromOne('The revision that it uses; null: none is released.')),
    process: nullable(text),
    product: nullable(text),
    slotViews: Type.Array(slot),
    operatorName: nullable(text),
    workOrder: nullable(text),
    chosen: nullable(fromOne('The slot that the next command is for.')),
    shift: Type.Object({ from: time, to: time, ...figureFields }, { ...strict, description: 'The current shift at this station.' }),
    reference: nullable(
      Type.Object(
        {
          dueAt: maybeTime('When the first reference board is due; null: one is due now.'),
          wanted: Type.Array(kind),
          blocked: nullable(kind),
        },
        { ...strict, description: 'Reference boards.' },
      ),
    ),
    backlog: nullable(backlog),
    now: Type.String({ format: 'date-time', description: "The server's time." }),
  },
  { ...strict, $id: 'StationView', description: 'A test station with all that its screen shows.' },
)

const stationToken = Type.Object(
  {
    name: text,
    station: text,
    token: Type.String({ description: 'Shown only now.' }),
    link: Type.String({ description: "The station's screen with the token in its fragment; the server's address goes in front." }),
  },
  { ...strict, $id: 'StationToken', description: 'A token that was made for a station.' },
)

const unitProcess = Type.Object(
  {
    outcome: nullable(
      Type.Enum(outcomes, {
        type: 'string',
        description: 'Of the newest run that counts; null: there is none, or the board has been replaced since.',
      }),
    ),
    run: idText('The newest run.'),
    attempts: counted('All runs.'),
    counted: counted('Runs that count.'),
    failures: counted('Failed runs since the unit was released last.'),
    firstPassed: Type.Boolean(),
    passedAt: nullable(time),
  },
  strict,
)
const unit = Type.Object(
  {
    product: text,
    serial: text,
    device: nullable(Type.String({ description: 'pk/dn' })),
    boundAt: nullable(time),
    boundBy: nullable(idText('The run that bound it.')),
    processes: Type.Record(text, unitProcess),
    released: Type.Array(Type.Object({ at: time, by, process: nullable(text), reason: text }, strict)),
    replaced: Type.Array(Type.Object({ device: text, at: time, by, reason: text }, strict), { description: 'Earlier boards.' }),
  },
  { ...strict, $id: 'Unit', description: 'A serial number, its board, and what its runs add up to.' },
)
const certificate = Type.Object(
  {
    unit: Type.Ref('Unit'),
    firmware: Type.Array(
      Type.Object(
        {
          run: idText('Of it.'),
          module: text,
          version: text,
          sha256: text,
          state: Type.Enum(imageStates, {
            type: 'string',
            description:
              '`present`: the board had reported this version before, and it was not sent. `installed`: sent in this run, and reported after it. `sent`: sent whole, and not reported since.',
          }),
        },
        strict,
      ),
      { description: 'The images that were on the board or were sent to it in a run; none of a run to which no board came.' },
    ),
    runs: Type.Array(Type.Ref('Run'), { description: 'Oldest first.' }),
  },
  { ...strict, $id: 'BirthCertificate', description: 'What a unit is and all that was done with it.' },
)

export const stationSchemas = [procedure, procedureRecord, station, stationView, stationToken, unit, certificate] as const

export type ProcedureJson = Static<typeof procedure>
export type StationJson = Static<typeof station>
type SlotJson = Omit<Static<typeof slot>, 'run'> & { run: RunJson | null }
export type StationViewJson = Omit<Static<typeof stationView>, 'slotViews'> & { slotViews: SlotJson[] }
export type UnitJson = Static<typeof unit>
export type BirthCertificateJson = Omit<Static<typeof certificate>, 'unit' | 'runs'> & { unit: UnitJson; runs: RunJson[] }
