// Which product keys and device names can be used: they are parts of topics, keys and URLs. Pure rules.

import { type Sentence, sentence } from '../sentences/sentence.ts'
import { type DeviceKey, deviceKey } from './model.ts'

const longest = 256

const partFault = (what: 'product' | 'name', part: string): Sentence | null => {
  if (part === '') return sentence('name_empty', { what })
  if (part.length > longest) return sentence('name_too_long', { what, most: longest })
  if (part === '.' || part === '..') return sentence('name_is_dots', { what, part })
  if (part.startsWith('$')) return sentence('name_starts_with_dollar', { what })
  const bad = /[/+#&\p{Cc}\uFFFD]|\p{Cs}/u.exec(part)
  return bad === null ? null : sentence('name_holds_reserved', { what, character: JSON.stringify(bad[0]) })
}

/** Why this name cannot be used; null when it can (protocol.md §6). */
export const nameFault = (product: string, name: string): Sentence | null => partFault('product', product) ?? partFault('name', name)

/** `pk/dn` as operators write it, split at the first `/`; null when it is not a valid name. */
export const parseDeviceKey = (text: string): { readonly product: string; readonly name: string } | null => {
  const slash = text.indexOf('/')
  if (slash < 0) return null
  const parts = { product: text.slice(0, slash), name: text.slice(slash + 1) }
  return nameFault(parts.product, parts.name) === null ? parts : null
}

/** The key of an identity, or null where the name cannot be used. */
export const keyOf = (product: string, name: string): DeviceKey | null =>
  nameFault(product, name) === null ? deviceKey(product, name) : null
