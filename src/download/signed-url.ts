// The signed link of a task's image: `/d/{task}/{image}/{signature}`. Text only: knows no tasks, no clock, no HTTP.
// The signature covers the task and the image's first digits, so it is checked from the path alone: a forged link costs the
// core nothing, and a link never leads to another image, even where task ids begin anew from an older backup.

import { createHmac, timingSafeEqual } from 'node:crypto'

const PREFIX = '/d/'
/** Tells one image from another in a signed text; not a digest to trust. */
const IMAGE_DIGITS = 16
/** 128 bits: half of the HMAC, as RFC 2104 §5 allows. */
const SIGNATURE_DIGITS = 32
const PARTS = /^\/d\/(\d{1,10})\/([0-9a-f]{16})\/([^/]+)$/

/** What a link with a right signature says. `image` is how the SHA-256 of the task's image begins. */
export interface SignedUrl {
  readonly task: number
  readonly image: string
}

const sign = (key: string, task: string, image: string): string =>
  createHmac('sha256', key).update(`fogbell download ${task} ${image}`).digest('hex').slice(0, SIGNATURE_DIGITS)

/** As text and in constant time: hex in upper case is another text (protocol.md §7). */
const isSame = (left: string, right: string): boolean => {
  const [a, b] = [Buffer.from(left), Buffer.from(right)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** The link's path; `sha256` in lower-case hex. At most 65 characters. */
export const signedPath = (key: string, task: number, sha256: string): string => {
  const image = sha256.slice(0, IMAGE_DIGITS)
  return `${PREFIX}${task}/${image}/${sign(key, String(task), image)}`
}

/** The path of a request's target; a proxy's absolute form (RFC 9112 §3.2.2) loses scheme and host. */
const pathOf = (target: string): string => target.replace(/^https?:\/\/[^/]*/i, '')

/** What a request's target leads to: a link of ours, `altered` where it looks like one, or `unknown`. */
export const readSignedUrl = (key: string, target: string): SignedUrl | 'altered' | 'unknown' => {
  const path = pathOf(target)
  if (!path.startsWith(PREFIX)) return 'unknown'
  const [, task, image, signature] = PARTS.exec(path) ?? []
  if (task === undefined || image === undefined || signature === undefined) return 'altered'
  return isSame(signature, sign(key, task, image)) ? { task: Number(task), image } : 'altered'
}
