// Which product keys and device names can be used: they are parts of topics, keys and URLs. Pure rules.

import { type DeviceKey, deviceKey } from './model.ts'

const longest = 256

const partFault = (what: string, part: string): string | null => {
  if (part === '') return `${what} is empty`
  if (part.length > longest) return `${what} is longer than ${longest} characters`
  if (part === '.' || part === '..') return `${what} is "${part}", which no URL can carry`
  if (part.startsWith('$')) return `${what} starts with "$", which topics reserve for the server`
  const bad = /[/+#&\p{Cc}\uFFFD]|\p{Cs}/u.exec(part)
  return bad === null ? null : `${what} holds ${JSON.stringify(bad[0])}, which topics or usernames need for themselves`
}

/** Why this name cannot be used, in words with the remedy at hand; null when it can (protocol.md §6). */
export const nameFault = (product: string, name: string): string | null =>
  partFault('the product key', product) ?? partFault('the device name', name)

/** `pk/dn` as operators write it, split at the first `/`; null when it is no usable name. */
export const parseDeviceKey = (text: string): { readonly product: string; readonly name: string } | null => {
  const slash = text.indexOf('/')
  if (slash < 0) return null
  const parts = { product: text.slice(0, slash), name: text.slice(slash + 1) }
  return nameFault(parts.product, parts.name) === null ? parts : null
}

/** The key of an identity, or null where the name cannot be used. */
export const keyOf = (product: string, name: string): DeviceKey | null =>
  nameFault(product, name) === null ? deviceKey(product, name) : null
