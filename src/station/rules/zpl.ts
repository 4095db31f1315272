// The label that is printed for a unit: a template of ZPL with fields. Pure.

/** What a template may have between braces. */
export const labelFields = [
  'serial',
  'name',
  'secret',
  'product',
  'process',
  'procedure',
  'rev',
  'version',
  'station',
  'slot',
  'operator',
  'workOrder',
  'run',
  'attempt',
  'outcome',
  'date',
  'time',
] as const
export type LabelField = (typeof labelFields)[number]

const notYet = (): never => {
  throw new Error('not yet')
}

/** The fields of a template that there are none of. */
export const unknownFields: (template: string) => readonly string[] = notYet
/** Fields that have no value are empty. */
export const fillLabel: (template: string, fields: { readonly [F in LabelField]?: string | number | null }) => string = notYet
