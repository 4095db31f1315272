// What may be meant by a filter: the products, modules and versions that most devices have. Knows no markup.

import { figures } from '../../api/live.ts'
import { query } from '../../router.ts'

const distinct = (values: readonly string[]): readonly string[] => [...new Set(values)]
const modulesNow = () => figures.peek()?.devices.modules ?? []
const ofProduct = () => {
  const product = query.peek().get('product')
  return modulesNow().filter((each) => product === null || each.product === product)
}
export const products = (): readonly string[] => distinct(modulesNow().map(({ product }) => product))
export const modules = (): readonly string[] => distinct(ofProduct().map(({ module }) => module))
export const versions = (): readonly string[] => {
  const module = query.peek().get('module')
  const wanted = ofProduct().filter((each) => module === null || each.module === module)
  return distinct(wanted.flatMap((each) => each.versions.map(({ version }) => version)))
}
