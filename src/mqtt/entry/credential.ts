// How a device proves its identity (protocol.md §6): an HMAC of its names, the plain secret, or the password of its first use.
// Pure; all comparisons take constant time.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { DeviceIdentity } from './identity.ts'

const methods: ReadonlyMap<string, { readonly hash: string; readonly digits: number }> = new Map([
  ['hmacmd5', { hash: 'md5', digits: 32 }],
  ['hmacsha1', { hash: 'sha1', digits: 40 }],
  ['hmacsha256', { hash: 'sha256', digits: 64 }],
])

export const knownSignMethod = (name: string): boolean => methods.has(name)

const sha256 = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest()

/** The password that protocol.md §6 expects from a device, in lower-case hex; undefined for an unknown method. */
export const signature = (identity: DeviceIdentity, secret: string): string | undefined => {
  const method = methods.get(identity.signMethod)
  if (method === undefined) return undefined
  const text = `clientId${identity.clientId}deviceName${identity.name}productKey${identity.product}`
  return createHmac(method.hash, secret).update(text).digest('hex')
}

/** Whether the password is the device's HMAC, in upper-case or lower-case hex. */
export const provesSecret = (identity: DeviceIdentity, secret: string, password: Uint8Array): boolean => {
  const wanted = signature(identity, secret)
  return wanted !== undefined && timingSafeEqual(sha256(Buffer.from(password).toString('latin1').toLowerCase()), sha256(wanted))
}

export const isSecret = (secret: string, password: Uint8Array): boolean => timingSafeEqual(sha256(password), sha256(secret))

const hexDigits = /^[\da-f]+$/i
const signatureLengths: ReadonlySet<number> = new Set(Array.from(methods.values(), (method) => method.digits))

/** What is stored of a first password: SHA-256 in hex. One that looks like an HMAC is lower-cased first, so that its hex digits match in either case. */
export const firstUseHash = (password: Uint8Array): string => {
  const text = Buffer.from(password).toString('latin1')
  const signed = signatureLengths.has(text.length) && hexDigits.test(text)
  return sha256(signed ? text.toLowerCase() : password).toString('hex')
}

export const sameHash = (left: string, right: string): boolean => timingSafeEqual(sha256(left), sha256(right))
