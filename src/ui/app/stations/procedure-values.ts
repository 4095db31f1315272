// A procedure as it is typed, by the paths of the API, and as the API takes it. What the form has no field for stays as it was. Pure.

import type { Firmware, Procedure } from '../../api/records.d.ts'
import { typedNumber } from './station-values.ts'

type Values = Readonly<Record<string, string>>
type Limit = NonNullable<Procedure['selfTest']>['limits'][number]

export const stepNames = ['connectSeconds', 'updateSeconds', 'restartSeconds', 'selfTestSeconds'] as const
const defaults = { connectSeconds: 90, updateSeconds: 600, restartSeconds: 120, selfTestSeconds: 120 } as const

export const limitFields = ['name', 'unit', 'low', 'high', 'equals'] as const
export type LimitField = (typeof limitFields)[number]
/** Where the value of a limit is, in the form and in the faults of the API. */
export const limitPath = (row: number, field: LimitField): string => `selfTest.limits[${row}].${field}`

const shown = (value: string | number | boolean | null): string => (value === null ? '' : String(value))

const limitValues = (limits: readonly Limit[]): Values =>
  Object.fromEntries(limits.flatMap((limit, row) => limitFields.map((field) => [limitPath(row, field), shown(limit[field])])))

/** Rows of the table of limits. */
export const limitRows = (values: Values): number => Number(values['limits'] ?? 0)

/** null: a new one. */
export const procedureValues = (procedure: Procedure | null): Values => ({
  id: procedure?.id ?? '',
  product: procedure?.product ?? '',
  process: procedure?.process ?? 'FCT',
  bind: procedure?.bind ?? 'name',
  pattern: procedure?.serial.pattern ?? '',
  reflash: procedure?.reflash ?? 'never',
  requires: procedure?.requires.join(', ') ?? '',
  retest: String(procedure?.retest.max ?? 2),
  reasonNeeded: procedure?.retest.reasonNeeded === true ? 'true' : '',
  source: procedure?.selfTest?.source ?? 'none',
  topic: procedure?.selfTest?.topic ?? 'event/selftest',
  requireAll: procedure?.selfTest?.requireAll === false ? '' : 'true',
  limits: String(procedure?.selfTest?.limits.length ?? 0),
  golden: procedure?.reference?.golden.join(', ') ?? '',
  bad: procedure?.reference?.bad.join(', ') ?? '',
  everyHours: String((procedure?.reference?.everySeconds ?? 28_800) / 3600),
  printer: procedure?.label?.printer ?? '',
  template: procedure?.label?.template ?? '',
  ...Object.fromEntries(stepNames.map((name) => [`steps.${name}`, String(procedure?.steps[name] ?? defaults[name])])),
  ...limitValues(procedure?.selfTest?.limits ?? []),
  ...Object.fromEntries((procedure?.firmware ?? []).map(({ module, firmware }) => [firmwareField(module), firmware])),
})

export const firmwareField = (module: string): string => `firmware of ${module}`

/** Modules of a product that there are packages for, with these, the newest first. */
export const modulesOf = (packages: readonly Firmware[], product: string): readonly (readonly [string, readonly Firmware[]])[] => {
  const modules = new Map<string, Firmware[]>()
  for (const each of [...packages].reverse()) {
    if (each.product === product) modules.set(each.module, [...(modules.get(each.module) ?? []), each])
  }
  return [...modules].sort(([one], [other]) => (one < other ? -1 : 1))
}

const listOf = (typed: string | undefined): readonly string[] =>
  (typed ?? '')
    .split(/[\n,，]/)
    .map((each) => each.trim())
    .filter((each) => each !== '')

/** `true`, `3` and `"3"` are what they look like. */
const equalOf = (typed: string): string | number | boolean => {
  if (typed === 'true' || typed === 'false') return typed === 'true'
  const quoted = /^"(.*)"$/.exec(typed)
  return quoted === null ? typedNumber(typed) : (quoted[1] ?? '')
}

const limitOf = (values: Values, row: number): Readonly<Record<string, unknown>> => {
  const typed = (field: LimitField): string => (values[limitPath(row, field)] ?? '').trim()
  return {
    name: typed('name'),
    ...(typed('unit') === '' ? {} : { unit: typed('unit') }),
    ...(typed('low') === '' ? {} : { low: typedNumber(typed('low')) }),
    ...(typed('high') === '' ? {} : { high: typedNumber(typed('high')) }),
    ...(typed('equals') === '' ? {} : { equals: equalOf(typed('equals')) }),
  }
}

const isEmptyLimit = (values: Values, row: number): boolean =>
  limitFields.every((field) => (values[limitPath(row, field)] ?? '').trim() === '')

/** The values without the rows of limits in which nothing is typed: the rows are then those that the API counts. */
export const withoutEmptyLimits = (values: Values): Values => {
  const rows = Array.from({ length: limitRows(values) }, (_, row) => row).filter((row) => !isEmptyLimit(values, row))
  const typed = (row: number | undefined, field: LimitField): string => (row === undefined ? '' : (values[limitPath(row, field)] ?? ''))
  const moved = Array.from({ length: limitRows(values) }, (_, at) =>
    limitFields.map((field) => [limitPath(at, field), typed(rows[at], field)] as const),
  )
  return { ...values, ...Object.fromEntries(moved.flat()), limits: String(rows.length) }
}

/** Where a bound is that is no number. */
export const wrongBounds = (values: Values): readonly string[] =>
  (values['source'] ?? 'none') === 'none'
    ? []
    : Array.from({ length: limitRows(values) }, (_, row) => [limitPath(row, 'low'), limitPath(row, 'high')])
        .flat()
        .filter((path) => typeof typedNumber(values[path] ?? '') === 'string' && (values[path] ?? '').trim() !== '')

const selfTestOf = (values: Values) => {
  const source = values['source'] ?? 'none'
  if (source === 'none') return null
  const rows = Array.from({ length: limitRows(values) }, (_, row) => row)
  const limits = rows.filter((row) => !isEmptyLimit(values, row)).map((row) => limitOf(values, row))
  return {
    source,
    ...(source === 'device' ? { topic: values['topic'] ?? '' } : {}),
    limits,
    requireAll: values['requireAll'] === 'true',
  }
}

const referenceOf = (values: Values) => {
  const [golden, bad] = [listOf(values['golden']), listOf(values['bad'])]
  const every = typedNumber(values['everyHours'] ?? '')
  return golden.length + bad.length === 0
    ? null
    : { everySeconds: typeof every === 'number' ? Math.round(every * 3600) : every, golden, bad }
}

const labelOf = (values: Values) => {
  const [template, printer] = [values['template'] ?? '', (values['printer'] ?? '').trim()]
  return template.trim() === '' && printer === '' ? null : { template, printer }
}

/** `modules`: of the product that is chosen. */
export const procedureBody = (values: Values, modules: readonly string[]) => {
  const firmware = modules.flatMap((module) => {
    const id = values[firmwareField(module)] ?? ''
    return id === '' ? [] : [{ module, firmware: id }]
  })
  const pattern = (values['pattern'] ?? '').trim()
  return {
    product: (values['product'] ?? '').trim(),
    process: (values['process'] ?? '').trim(),
    bind: values['bind'] ?? '',
    serial: { pattern: pattern === '' ? null : pattern },
    firmware,
    reflash: values['reflash'] ?? '',
    requires: listOf(values['requires']),
    steps: Object.fromEntries(stepNames.map((name) => [name, typedNumber(values[`steps.${name}`] ?? '')])),
    selfTest: selfTestOf(values),
    retest: { max: typedNumber(values['retest'] ?? ''), reasonNeeded: values['reasonNeeded'] === 'true' },
    reference: referenceOf(values),
    label: labelOf(values),
  }
}

/** The values without that row of limits. */
export const withoutLimit = (values: Values, row: number): Values => {
  const rows = limitRows(values)
  const moved = Array.from({ length: Math.max(0, rows - row - 1) }, (_, at) => row + at).flatMap((at) =>
    limitFields.map((field) => [limitPath(at, field), values[limitPath(at + 1, field)] ?? ''] as const),
  )
  const emptied = limitFields.map((field) => [limitPath(rows - 1, field), ''] as const)
  return Object.fromEntries([...moved, ...emptied, ['limits', String(Math.max(0, rows - 1))]])
}
