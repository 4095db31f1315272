// Checks every answer against openapi.json, which must have its path, status, content type and schema; and every text that has a code and
// parameters beside it against the sentence of these.

import Schema from 'typebox/schema'
import { english } from '../../src/sentences/english.ts'
import { inEnglish, type Language, type Sentence, say } from '../../src/sentences/sentence.ts'

type Node = { readonly [name: string]: Node }

export interface Contract {
  /** Throws if an answer is not what the document says. */
  check(method: string, url: string, status: number, contentType: string, payload: string): void
}

const matches = (template: string, path: string): boolean =>
  new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{[^}]+\}/g, '[^/]+')}$`).test(path)

export const createContract = (document: object): Contract => {
  const { paths = {}, components = {} } = document as unknown as Record<string, Node>
  const checks = new Map<Node, (value: unknown) => unknown>()
  const checkOf = (schema: Node): ((value: unknown) => unknown) => {
    const compiled = Schema.Compile({ ...schema, components })
    return (given) => (compiled.Check(given) ? null : compiled.Errors(given)[1])
  }
  const faultOf = (schema: Node, value: unknown): unknown => {
    const check = checks.get(schema) ?? checkOf(schema)
    checks.set(schema, check)
    return check(value)
  }
  return {
    check(method, url, status, contentType, payload) {
      const [path = ''] = url.split('?')
      const template = Object.keys(paths)
        .sort((a, b) => a.split('{').length - b.split('{').length)
        .find((one) => matches(one, path))
      const operation = template === undefined ? undefined : paths[template]?.[method.toLowerCase()]
      // HEAD is GET without a body, which the document need not list.
      if (method === 'HEAD') return
      if (operation === undefined) {
        // Paths and methods that do not exist are refused; everything else must be described.
        if (status !== 404 && status !== 405 && status !== 401 && status !== 400) throw new Error(`${method} ${url} is not in openapi.json`)
        return
      }
      const responses = operation['responses'] ?? {}
      const response = responses[String(status)] ?? responses[`${String(status)[0]}XX`]
      if (response === undefined) throw new Error(`${method} ${url} answered ${status}, which openapi.json does not list`)
      if (response['content'] === undefined) {
        if (payload !== '') throw new Error(`${method} ${url} answered ${status} with a body`)
        return
      }
      const media = response['content'][contentType.split(';')[0]?.trim() ?? '']
      if (media?.['schema'] === undefined)
        throw new Error(`${method} ${url} answered ${status} as ${contentType}, which openapi.json does not list`)
      const fault = faultOf(media['schema'], /[/+]json(?:;|$)/.test(contentType) ? JSON.parse(payload) : payload)
      if (fault !== null)
        throw new Error(`${method} ${url} answered ${status}, but not as openapi.json says: ${JSON.stringify(fault)} ${payload}`)
    },
  }
}

/** For an error that was thrown without a sentence, the code has less detail than the text. */
const isGeneral = (code: unknown): boolean => typeof code === 'string' && code.startsWith('ota_')

/** Throws if a text is not what the code and the parameters beside it say. */
export const checkSaid = (value: unknown, language: Language = inEnglish): void => {
  if (typeof value !== 'object' || value === null) return
  for (const child of Object.values(value)) checkSaid(child, language)
  const {
    params,
    code,
    textCode = code,
    detailCode = textCode,
    detail,
    text = detail,
    message = text,
  }: Record<string, unknown> = { ...value }
  if (params === undefined || params === null || message === undefined || detailCode === null || isGeneral(detailCode)) return
  const named = typeof detailCode === 'string' ? detailCode : JSON.stringify(detailCode)
  if (!Object.hasOwn(english, named)) throw new Error(`${named} is no code of a sentence`)
  const said = say({ code: detailCode, params } as Sentence, language)
  if (said !== message) throw new Error(`${JSON.stringify(message)} is not what ${named} says: "${said}"`)
}
