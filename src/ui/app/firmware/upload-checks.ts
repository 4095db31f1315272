// What is wrong, or probably wrong, with a package before it is sent: the server finds some of it only after the last byte. Pure.

import type { ImageFacts } from '../../../image-format/facts.ts'
import type { Firmware } from '../../api/records.d.ts'
import type { Values } from '../../parts/draft.ts'

export interface PackageName {
  readonly product: string
  readonly module: string
  readonly version: string
  readonly from: readonly string[]
}

/** As the server reads the fields. */
export const namedOf = (values: Values): PackageName => ({
  product: values['product'] ?? '',
  module: values['module']?.trim() || 'default',
  version: values['version']?.trim() ?? '',
  from: [...new Set((values['from'] ?? '').split('\n').map((line) => line.trim()))].filter((line) => line !== ''),
})

export type UploadFinding =
  /** It cannot be sent. */
  | { readonly kind: 'empty' | 'unreadable'; readonly blocks: true }
  | { readonly kind: 'large'; readonly blocks: true; readonly most: number }
  | { readonly kind: 'version'; readonly blocks: false; readonly built: string }
  /** No device of the product is known, or none has reported the module. */
  | { readonly kind: 'product' | 'module'; readonly blocks: false }
  /** There is a package of this name; `differs`: its size says that it has other bytes. */
  | { readonly kind: 'exists'; readonly blocks: false; readonly firmware: Firmware; readonly differs: boolean }

export interface CheckedFile {
  readonly size: number
  readonly named: PackageName
  readonly isUnreadable: boolean
  readonly facts: ImageFacts | null
  /** Bytes that the server takes at most; null: not known. */
  readonly most: number | null
  /** How many devices there are of the product, and how many have reported the module; null: not known yet. */
  readonly devices: { readonly product: number | null; readonly module: number | null }
  /** Packages of the same product, module and version. */
  readonly same: readonly Firmware[]
}

const isSameSet = (one: readonly string[], other: readonly string[]): boolean =>
  new Set(one).size === new Set(other).size && one.every((each) => other.includes(each))

const ofFile = ({ size, isUnreadable, most }: CheckedFile): readonly UploadFinding[] => {
  if (isUnreadable) return [{ kind: 'unreadable', blocks: true }]
  if (size === 0) return [{ kind: 'empty', blocks: true }]
  return most !== null && size > most ? [{ kind: 'large', blocks: true, most }] : []
}

const ofNames = ({ devices: { product, module } }: CheckedFile): readonly UploadFinding[] => {
  if (product === 0) return [{ kind: 'product', blocks: false }]
  return module === 0 ? [{ kind: 'module', blocks: false }] : []
}

const ofVersion = ({ size, named, facts, same }: CheckedFile): readonly UploadFinding[] => {
  const built = facts?.version ?? null
  const there = same.find(({ from }) => isSameSet(from, named.from))
  return [
    ...(built === null || named.version === '' || built === named.version ? [] : [{ kind: 'version', blocks: false, built } as const]),
    ...(there === undefined ? [] : [{ kind: 'exists', blocks: false, firmware: there, differs: there.size !== size } as const]),
  ]
}

export const findingsOf = (checked: CheckedFile): readonly UploadFinding[] => [
  ...ofFile(checked),
  ...ofNames(checked),
  ...ofVersion(checked),
]
