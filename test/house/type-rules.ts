// What the exported types of a program have: names that two of them share, and how many methods each has. Knows the checker and no type.

import type { SourceFile } from 'typescript/unstable/ast'
import { type Checker, type Symbol as Named, SignatureKind, SymbolFlags, type Type } from 'typescript/unstable/sync'
import { exportsOf, type Files } from './program.ts'

interface ExportedType {
  readonly name: string
  readonly file: string
  /** Where an export leads: the same for each export of one declaration. */
  readonly declared: Named
}

const isTypeName = ({ flags }: Named): boolean => (flags & SymbolFlags.Type) !== 0

const declaredBy = (checker: Checker, name: Named): Named =>
  (name.flags & SymbolFlags.Alias) === 0 ? name : checker.getAliasedSymbol(name)

const typesOf = (checker: Checker, file: string, source: SourceFile): readonly ExportedType[] =>
  exportsOf(checker, source)
    .map((each) => ({ name: each.name, file, declared: declaredBy(checker, each) }))
    .filter(({ declared }) => isTypeName(declared))

/** Interfaces, type aliases, enums and classes, under the names by which their files export them. */
export const exportedTypes = (checker: Checker, files: Files): readonly ExportedType[] =>
  [...files].flatMap(([file, source]) => typesOf(checker, file, source))

/** One place for each declaration that is exported under a name: a re-export is no second one. */
export const namedDeclarations = (types: readonly ExportedType[]): readonly (readonly [name: string, place: string])[] => {
  const seen = new Map(types.map(({ name, file, declared }) => [`${name} ${declared.id}`, [name, file] as const]))
  return [...seen.values()]
}

const partsOf = (type: Type): readonly Type[] => (type.isUnionType() ? type.getTypes() : [type])

const isMethod = (checker: Checker, member: Named): boolean => {
  const type = checker.getTypeOfSymbol(member)
  return type !== undefined && partsOf(type).some((part) => checker.getSignaturesOfType(part, SignatureKind.Call).length > 0)
}

const isStructure = (checker: Checker, type: Type): boolean =>
  (type.isObjectType() || type.isIntersectionType()) && !checker.isArrayType(type) && !checker.isTupleType(type)

/** The members of a type, inherited ones too; of a union, those of its largest part. */
export const membersOf = (checker: Checker, { declared }: ExportedType): readonly Named[] =>
  partsOf(checker.getDeclaredTypeOfSymbol(declared))
    .filter((part) => isStructure(checker, part))
    .map((part) => checker.getPropertiesOfType(part))
    .reduce((most, each) => (each.length > most.length ? each : most), [])

export const methodsOf = (checker: Checker, type: ExportedType): readonly string[] =>
  membersOf(checker, type)
    .filter((member) => isMethod(checker, member))
    .map(({ name }) => name)
