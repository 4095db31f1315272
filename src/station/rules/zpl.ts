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

const field = /\{([A-Za-z]+)\}/g

const isField = (name: string): name is LabelField => labelFields.some((each) => each === name)

/** The fields of a template that there are none of. */
export const unknownFields = (template: string): readonly string[] => {
  const names = [...template.matchAll(field)].map(([, name = '']) => name)
  return [...new Set(names.filter((name) => !isField(name)))]
}

/** Without what would be a command of the printer. */
const plain = (value: string | number): string => String(value).replaceAll(/[\^~]|\p{Cc}|\p{Cs}/gu, '')

/** Fields that have no value are empty. What a value holds is never a field or a command itself. */
export const fillLabel = (template: string, fields: { readonly [F in LabelField]?: string | number | null }): string =>
  template.replaceAll(field, (text, name: string) => (isField(name) ? plain(fields[name] ?? '') : text))
