// JSON with all members of an object, also of one name, of which JSON.parse silently keeps the last. Pure, and linear in the text's length.

/** An object of the text: its members in their order. */
export interface JsonMembers {
  readonly members: readonly (readonly [name: string, value: JsonNode])[]
}
export type JsonNode = JsonMembers | readonly JsonNode[] | string | number | boolean | null

export const isMembers = (node: JsonNode | undefined): node is JsonMembers => typeof node === 'object' && node !== null && 'members' in node

/** The values of all members of that name. */
export const valuesOf = ({ members }: JsonMembers, name: string): readonly JsonNode[] =>
  members.filter(([own]) => own === name).map(([, value]) => value)

const tokenForm = /[{}[\]]|"(?:[^"\\]|\\.)*"|[^\s{}[\],:"]+/g

type Open = { readonly members: [string, JsonNode][]; name: string | null } | { readonly items: JsonNode[] }

const scalar = (token: string): string | number | boolean | null => {
  const value: unknown = JSON.parse(token)
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
}

const closed = (open: Open): JsonNode => ('items' in open ? open.items : { members: open.members })

/** Throws as JSON.parse does. */
export const parseMembers = (text: string): JsonNode => {
  // It is JSON from here on: brackets match, and commas and colons say nothing.
  JSON.parse(text)
  const top: JsonNode[] = []
  const around: Open[] = [{ items: top }]
  const add = (value: JsonNode): void => {
    const open = around.at(-1)
    if (open === undefined) return
    if ('items' in open) open.items.push(value)
    else {
      open.members.push([open.name ?? '', value])
      open.name = null
    }
  }
  for (const [token] of text.matchAll(tokenForm)) {
    const open = around.at(-1)
    if (token === '{') around.push({ members: [], name: null })
    else if (token === '[') around.push({ items: [] })
    else if (token === '}' || token === ']') {
      around.pop()
      if (open !== undefined) add(closed(open))
    } else if (open !== undefined && 'members' in open && open.name === null) open.name = String(scalar(token))
    else add(scalar(token))
  }
  return top[0] ?? null
}

const firstTwice = (names: readonly string[]): string | undefined => {
  const seen = new Set<string>()
  return names.find((name) => seen.size === seen.add(name).size)
}

/** A name that one object of it has twice; undefined: none has. */
export const repeatedName = (node: JsonNode): string | undefined => {
  const rest: JsonNode[] = [node]
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if (Array.isArray(next)) for (const item of next) rest.push(item)
    if (!isMembers(next)) continue
    const twice = firstTwice(next.members.map(([name]) => name))
    if (twice !== undefined) return twice
    for (const [, value] of next.members) rest.push(value)
  }
  return undefined
}
