// The calls of `sentence` in a program: which codes and which parameters each can give, by the types of its arguments. Knows the checker
// and no sentence.

import {
  type CallExpression,
  isCallExpression,
  isElementAccessExpression,
  isExportSpecifier,
  isIdentifier,
  isImportSpecifier,
  isObjectLiteralExpression,
  isPropertyAccessExpression,
  isSpreadAssignment,
  isSpreadElement,
  isTypeQueryNode,
  isVariableDeclaration,
  type Node,
} from 'typescript/unstable/ast'
import { type Checker, type Symbol as Named, SymbolFlags, type Type } from 'typescript/unstable/sync'
import { exportsOf, type Files, nodesIn, type SourceProgram } from './program.ts'

export interface SentenceCall {
  readonly where: string
  /** null: any string. */
  readonly codes: readonly string[] | null
  /** One for each shape that the parameters can have; a name ends with `?` if it can be missing. null: names that the type does not list. */
  readonly params: readonly (readonly string[] | null)[]
}

export interface SentenceUses {
  readonly calls: readonly SentenceCall[]
  /** Where the function is used as a value, so that its calls cannot be found. */
  readonly uncalled: readonly string[]
}

const nameOf = 'sentence'

/** `sentence`, and the names that imports and exports give it. */
const namesOf = (nodes: readonly Node[]): ReadonlySet<string> => {
  const specifiers = nodes.filter((node) => isImportSpecifier(node) || isExportSpecifier(node))
  const names = new Set([nameOf])
  let known = 0
  while (known < names.size) {
    known = names.size
    for (const { propertyName, name } of specifiers) if (propertyName && names.has(propertyName.text)) names.add(name.text)
  }
  return names
}

const typeOfSentence = ({ checker, sources }: SourceProgram): Type => {
  const file = sources.get('sentences/sentence.ts')
  const found = file && exportsOf(checker, file).find(({ name }) => name === nameOf)
  const type = found && checker.getTypeOfSymbol(found)
  if (type === undefined) throw new Error('src/sentences/sentence.ts exports no `sentence`')
  return type
}

/** What stands for the function; `sentences.sentence` as a whole. */
const expressionOf = (node: Node): Node => (isPropertyAccessExpression(node.parent) && node.parent.name === node ? node.parent : node)

const isNoUse = (node: Node): boolean => {
  const { parent } = node
  return (
    isImportSpecifier(parent) ||
    isExportSpecifier(parent) ||
    isTypeQueryNode(parent) ||
    (isVariableDeclaration(parent) && parent.name === node)
  )
}

const callOf = (node: Node): CallExpression | undefined => {
  const { parent } = node
  return isCallExpression(parent) && parent.expression === node ? parent : undefined
}

const partsOf = (checker: Checker, type: Type): readonly Type[] => {
  const known = type.isTypeParameter() ? (checker.getBaseConstraintOfType(type) ?? type) : type
  return known.isUnionType() ? known.getTypes() : [known]
}

const codesOf = (checker: Checker, argument: Node | undefined): SentenceCall['codes'] => {
  const type = argument && !isSpreadElement(argument) ? checker.getTypeAtLocation(argument) : undefined
  const codes = type ? partsOf(checker, type).map((part) => (part.isStringLiteralType() ? part.value : null)) : [null]
  const known = codes.filter((code) => code !== null)
  return known.length < codes.length ? null : known
}

/** Optional ones end with `?`; one that is always undefined is none. */
const paramName = (checker: Checker, param: Named): readonly string[] => {
  if ((param.flags & SymbolFlags.Optional) === 0) return [param.name]
  return checker.getTypeOfSymbol(param) === checker.getUndefinedType() ? [] : [`${param.name}?`]
}

const shapeOf = (checker: Checker, type: Type): readonly string[] | null => {
  if (type === checker.getUndefinedType()) return []
  if (!(type.isObjectType() || type.isIntersectionType()) || checker.getIndexInfosOfType(type).length > 0) return null
  return checker
    .getPropertiesOfType(type)
    .flatMap((param) => paramName(checker, param))
    .sort()
}

const shapesOf = (checker: Checker, node: Node): SentenceCall['params'] => {
  const type = checker.getTypeAtLocation(node)
  return type ? partsOf(checker, type).map((part) => shapeOf(checker, part)) : [null]
}

/** Of an object literal, what it spreads: its own type does not show that it has spread names that no type lists. */
const spreadIn = (node: Node): readonly Node[] =>
  isObjectLiteralExpression(node) ? node.properties.flatMap((each) => (isSpreadAssignment(each) ? [each.expression] : [])) : []

const paramsOf = (checker: Checker, argument: Node | undefined): SentenceCall['params'] => {
  if (argument === undefined) return [[]]
  const isKnown = spreadIn(argument).every((spread) => !shapesOf(checker, spread).includes(null))
  return isKnown ? shapesOf(checker, argument) : [null]
}

const placeOf = (file: string, node: Node): string => `${file}:${node.getSourceFile().text.slice(0, node.getStart()).split('\n').length}`

const readCall = (checker: Checker, where: string, { arguments: [code, params] }: CallExpression): SentenceCall => ({
  where,
  codes: codesOf(checker, code),
  params: paramsOf(checker, params),
})

export const sentenceUses = (program: SourceProgram, files: Files): SentenceUses => {
  const { checker } = program
  const wanted = typeOfSentence(program).id
  const nodes = [...files].flatMap(([file, source]) => nodesIn(source).map((node) => ({ file, node })))
  const names = namesOf(nodes.map(({ node }) => node))
  const candidates = nodes.filter(({ node }) => isElementAccessExpression(node) || (isIdentifier(node) && names.has(node.text)))
  const types = checker.getTypeAtLocation(candidates.map(({ node }) => node))
  const uses = candidates
    .filter(({ node }, index) => types[index]?.id === wanted && !isNoUse(node))
    .map(({ file, node }) => ({ where: placeOf(file, node), call: callOf(expressionOf(node)) }))
  return {
    calls: uses.flatMap(({ where, call }) => (call === undefined ? [] : [readCall(checker, where, call)])),
    uncalled: uses.flatMap(({ where, call }) => (call === undefined ? [where] : [])),
  }
}
