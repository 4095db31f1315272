// What a template of ICU MessageFormat asks for, and values for it: for the tests that hold the tables of sentences to each other.

import { IntlMessageFormat } from 'intl-messageformat'
import type { Param } from '../../src/sentences/sentence.ts'

type Elements = ReturnType<IntlMessageFormat['getAst']>

/** How a parameter is used, and by which values a choice tells it apart. */
export interface Use {
  readonly kinds: ReadonlySet<'argument' | 'number' | 'select' | 'plural'>
  readonly options: ReadonlySet<string>
}

const kinds = { 1: 'argument', 2: 'number', 5: 'select', 6: 'plural' } as const
const kindOf = (type: number) => Object.entries(kinds).find(([each]) => Number(each) === type)?.[1]

const elementsOf = (template: string): Elements => new IntlMessageFormat(template, 'en', undefined, { ignoreTag: true }).getAst()

/** Every element, those within the branches of a choice too. */
const allOf = (elements: Elements): Elements =>
  elements.flatMap((element) => [
    element,
    ...('options' in element ? Object.values(element.options).flatMap(({ value }) => allOf(value)) : []),
  ])

export const usesOf = (template: string): ReadonlyMap<string, Use> => {
  const uses = new Map<string, { kinds: Set<'argument' | 'number' | 'select' | 'plural'>; options: Set<string> }>()
  for (const element of allOf(elementsOf(template))) {
    const kind = kindOf(element.type)
    if (kind === undefined || !('value' in element)) continue
    const use = uses.get(element.value) ?? { kinds: new Set(), options: new Set() }
    use.kinds.add(kind)
    if ('options' in element) for (const option of Object.keys(element.options)) use.options.add(option)
    uses.set(element.value, use)
  }
  return uses
}

/** What the template itself says, without what is put in. */
export const literalsOf = (template: string): readonly string[] =>
  allOf(elementsOf(template)).flatMap((element) => (element.type === 0 ? [element.value] : []))

/** Values of one parameter that lead into each of its branches; `shown` where its own value is seen. */
const valuesOf = ({ kinds: of, options }: Use, shown: Param): readonly Param[] => {
  if (of.has('plural') || of.has('number')) return [0, 1, 2, 1234]
  const chosen = [...options].filter((option) => option !== 'other').map((option) => (option === 'null' ? null : option))
  return [shown, ...chosen]
}

/** Sets of parameters that, together, lead into each branch: one parameter varies, the others keep their first value. */
export const samplesOf = (template: string, shown: (name: string) => Param): readonly Readonly<Record<string, Param>>[] => {
  const uses = [...usesOf(template)].map(([name, use]) => [name, valuesOf(use, shown(name))] as const)
  const first = Object.fromEntries(uses.map(([name, [value = null]]) => [name, value]))
  return [first, ...uses.flatMap(([name, values]) => values.slice(1).map((value) => ({ ...first, [name]: value })))]
}
