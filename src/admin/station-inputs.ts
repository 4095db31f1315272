// What the API of test stations takes, as schemas. Bounds keep hostile input small; what fits together the stations check themselves.
// Knows no route.

import { type Static, Type } from 'typebox'
import type { ProcedureInput } from '../station/ports.ts'
import { outcomes, runStates } from '../station/run-model.ts'
import { bindings, namedSpans } from '../station/station-model.ts'
import { deviceRef, digits, pageQuery } from './input-schemas.ts'
import { measuredValue } from './run-schemas.ts'
import { formed, nullable, strict } from './schema-words.ts'

const word = (description: string) =>
  formed('^[^\\u0000-\\u001f\\u007f-\\u009f]+$', 'field_has_control_character', { minLength: 1, maxLength: 256, description })
const maybe = (description: string) => Type.Optional(word(description))
const moment = (description: string) => Type.Optional(Type.String({ format: 'date-time', maxLength: 40, description }))
const whole = (minimum: number, maximum: number, description: string) => Type.Integer({ minimum, maximum, description })
const seconds = (description: string) => Type.Optional(Type.Number({ minimum: 0, maximum: 31_536_000, description }))
const list = (description: string, most: number) => Type.Array(word(description), { maxItems: most })

export const stationParams = Type.Object({ id: Type.String({ description: 'URL-encoded.' }) }, strict)
export const unitParams = Type.Object(
  {
    product: Type.String({ description: 'Product key, URL-encoded.' }),
    serial: Type.String({ description: 'Serial number, URL-encoded.' }),
  },
  strict,
)

const limit = Type.Object(
  {
    name: word('Of the measurement.'),
    unit: Type.Optional(nullable(Type.String({ maxLength: 64 }))),
    low: Type.Optional(nullable(Type.Number())),
    high: Type.Optional(nullable(Type.Number())),
    equals: Type.Optional(nullable(measuredValue)),
  },
  strict,
)

export const procedureInput = Type.Object(
  {
    product: word('Product key.'),
    process: word('The test operation, such as FCT.'),
    bind: Type.Optional(Type.Enum(bindings, { type: 'string', description: 'Which board a run waits for; by default name.' })),
    serial: Type.Optional(
      Type.Object(
        { pattern: Type.Optional(nullable(Type.String({ minLength: 1, maxLength: 1000 }))) },
        { ...strict, description: 'A regular expression with the groups `serial`, `name` and `secret` for the text of a label.' },
      ),
    ),
    firmware: Type.Optional(
      Type.Array(Type.Object({ module: word('Of the device.'), firmware: digits('Id of the package.') }, strict), { maxItems: 16 }),
    ),
    reflash: Type.Optional(Type.Enum(['never', 'always'] as const, { type: 'string' })),
    requires: Type.Optional(list('A process that the unit must have passed.', 64)),
    steps: Type.Optional(
      Type.Object(
        {
          connectSeconds: seconds('By default 90.'),
          updateSeconds: seconds('By default 600.'),
          restartSeconds: seconds('By default 120.'),
          selfTestSeconds: seconds('By default 120.'),
        },
        strict,
      ),
    ),
    selfTest: Type.Optional(
      nullable(
        Type.Object(
          {
            source: Type.Enum(['device', 'jig'] as const, { type: 'string' }),
            topic: Type.Optional(Type.Enum(['event/selftest', 'property'] as const, { type: 'string' })),
            limits: Type.Optional(Type.Array(limit, { maxItems: 500 })),
            requireAll: Type.Optional(Type.Boolean()),
          },
          strict,
        ),
      ),
    ),
    retest: Type.Optional(
      Type.Object({ max: Type.Optional(whole(0, 1000, 'Failed runs.')), reasonNeeded: Type.Optional(Type.Boolean()) }, strict),
    ),
    reference: Type.Optional(
      nullable(
        Type.Object(
          {
            everySeconds: Type.Number({ exclusiveMinimum: 0, maximum: 31_536_000 }),
            golden: list('A serial number.', 1000),
            bad: list('A serial number.', 1000),
          },
          strict,
        ),
      ),
    ),
    label: Type.Optional(
      nullable(Type.Object({ template: Type.String({ minLength: 1, maxLength: 16_384 }), printer: word('HOST:PORT') }, strict)),
    ),
  },
  {
    ...strict,
    examples: [{ product: 'lamp', process: 'FCT', firmware: [{ module: 'default', firmware: '7' }], retest: { max: 2 } }],
  },
)

type Defined<T> = { [K in keyof T]: T[K] extends object ? Defined<T[K]> : Exclude<T[K], undefined> }

export const procedureInputOf = ({ firmware, ...rest }: Static<typeof procedureInput>): ProcedureInput => {
  const given = firmware === undefined ? rest : { ...rest, firmware: firmware.map((one) => ({ ...one, firmware: Number(one.firmware) })) }
  return given as Defined<typeof given> as ProcedureInput
}

export const procedureQuery = Type.Object({ rev: Type.Optional(whole(1, 1_000_000, 'By default the newest.')) }, strict)
export const releaseInput = Type.Optional(
  Type.Object(
    { rev: Type.Optional(whole(1, 1_000_000, 'By default the newest.')) },
    { ...strict, description: 'Optional.', examples: [{ rev: 2 }] },
  ),
)

export const stationInput = Type.Object(
  {
    name: maybe('For people; by default its id.'),
    slots: Type.Optional(whole(1, 16, 'Fixture positions; by default 1.')),
    slotAddresses: Type.Optional(list('The address or block of addresses of the boards of a slot.', 16)),
    procedure: word('The id of its procedure.'),
    operator: Type.Optional(Type.Enum(['none', 'scan'] as const, { type: 'string' })),
    language: Type.Optional(Type.Enum(['en', 'zh'] as const, { type: 'string' })),
    passSeconds: seconds('How long a PASS is shown; 0, the default: until the next scan.'),
    sound: Type.Optional(Type.Boolean()),
  },
  { ...strict, examples: [{ slots: 4, procedure: 'lamp-fct' }] },
)

export const stationTokenInput = Type.Optional(
  Type.Object(
    {
      name: Type.Optional(
        formed('^[^\\s\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}/\\\\,;:?#%"<>]+$', 'field_not_a_name', {
          minLength: 1,
          maxLength: 64,
          description: 'Of the token; by default `station-ID`.',
        }),
      ),
    },
    { ...strict, description: 'Optional.', examples: [{ name: 'line-2-left' }] },
  ),
)

export const unblockInput = Type.Object(
  { reason: word('What was found out.') },
  { ...strict, examples: [{ reason: 'the probe of slot 1 was loose' }] },
)

export const scanInput = Type.Object(
  {
    text: Type.String({ description: 'What the scanner read: a label, or a command code. More than 256 characters are BAD_CODE.' }),
    slot: Type.Optional(whole(1, 16, 'The fixture position.')),
    reason: maybe('Why the unit is tested again.'),
  },
  { ...strict, examples: [{ text: 'SN-1', slot: 1 }] },
)

export const measurementsInput = Type.Array(
  Type.Object(
    { name: word('Of the measurement.'), value: measuredValue, unit: Type.Optional(nullable(Type.String({ maxLength: 64 }))) },
    strict,
  ),
  { minItems: 1, maxItems: 500, examples: [[{ name: 'vbat', value: 3.3, unit: 'V' }]] },
)

export const finishInput = Type.Optional(
  Type.Object(
    {
      outcome: Type.Optional(
        Type.Enum(['passed', 'failed', 'error'] as const, {
          type: 'string',
          description: 'It can only make the outcome worse than the limits say.',
        }),
      ),
      code: maybe('Of the fault, as the program of the fixture names it.'),
      text: Type.Optional(Type.String({ minLength: 1, maxLength: 1000, description: 'The same in words.' })),
    },
    { ...strict, description: 'Optional.', examples: [{ outcome: 'failed', text: 'LED 3 is dark' }] },
  ),
)

const runFields = {
  serial: maybe('Only of this serial number.'),
  product: maybe('Only of this product.'),
  station: maybe('Only of this station.'),
  process: maybe('Only of this process.'),
  outcome: Type.Optional(Type.Enum(outcomes, { type: 'string', description: 'Only with this outcome.' })),
  from: moment('Not ended, or begun if it is open, before.'),
  to: moment('Ended, or begun if it is open, before.'),
}
export const runQuery = Type.Object({ ...runFields, ...pageQuery.properties }, strict)
export const exportQuery = Type.Object(
  {
    format: Type.Enum(['csv', 'jsonl', 'openhtf'] as const, {
      type: 'string',
      default: 'csv',
      description: '`jsonl`: a run in each line. `openhtf`: a test record of OpenHTF for each ended run in each line.',
    }),
    bom: Type.Boolean({ default: false, description: 'CSV that begins with a byte order mark, by which spreadsheets recognise UTF-8.' }),
    ...runFields,
  },
  strict,
)
export type RunFields = Omit<Static<typeof exportQuery>, 'format' | 'bom'>

export const waitQuery = Type.Object(
  {
    wait: Type.Integer({ minimum: 0, maximum: 60, default: 0, description: 'Seconds until it answers in any case.' }),
    after: Type.Optional(Type.Enum(runStates, { type: 'string', description: 'It answers when the state is another than this.' })),
  },
  strict,
)

export const unitQuery = Type.Object(
  {
    format: Type.Enum(['json', 'html'] as const, { type: 'string', default: 'json', description: '`html`: a page to print.' }),
    language: Type.Optional(Type.String({ maxLength: 64, description: 'Like the header Accept-Language, for links.' })),
  },
  strict,
)
export const unitReleaseInput = Type.Object(
  { reason: word('What was repaired.'), process: Type.Optional(nullable(word('Only this process; by default all.'))) },
  { ...strict, examples: [{ reason: 'C7 was replaced', process: 'FCT' }] },
)
export const rebindInput = Type.Object(
  { device: nullable(deviceRef), reason: word('Why it has another board.') },
  { ...strict, examples: [{ device: 'lamp/l8', reason: 'the board was replaced' }] },
)

export const yieldGroups = ['station', 'process', 'version', 'shift', 'product', 'workOrder'] as const
const oneGroup = `(?:${yieldGroups.join('|')})`
export const yieldQuery = Type.Object(
  {
    group: Type.Optional(
      formed(`^${oneGroup}(?:,${oneGroup}){0,5}$`, 'field_not_groups', { description: 'By what: several are separated by commas.' }),
    ),
    from: moment('Shifts that begin not before. By default the last 30 days.'),
    to: moment('Shifts that begin before.'),
    shift: Type.Optional(
      Type.Enum(namedSpans, {
        type: 'string',
        description:
          'In the place of `from` and `to`. `current`: the shift of now. `today`, `yesterday`: a day of the factory, from its first shift of `station.shifts` on. `week`, `month`: the last 7 and 30 such days, with today.',
      }),
    ),
    station: maybe('Only of this station.'),
    process: maybe('Only of this process.'),
    product: maybe('Only of this product.'),
  },
  strict,
)
export type YieldQuery = Static<typeof yieldQuery>
