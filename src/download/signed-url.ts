// The signed URL of a task's image: `/d/{task}/{image}/{signature}`. Text only: knows no tasks, no clock, no HTTP.
// The signature covers the task and the first digits of the image's SHA-256, so the path alone suffices to check it: a forged URL
// never reaches the core, and a URL never leads to another image, even if an older backup assigns task ids again.

import { createHmac, timingSafeEqual } from 'node:crypto'

const PREFIX = '/d/'
/** Enough to distinguish images in a signed text; not a digest to rely on. */
const IMAGE_DIGITS = 16
/** 128 bits: half of the HMAC, as RFC 2104 §5 allows. */
const SIGNATURE_DIGITS = 32
const PARTS = /^\/d\/(\d{1,10})\/([0-9a-f]{16})\/([^/]+)$/

/** The task of test links: tasks count from 1. Their `image` is any 16 hexadecimal digits. */
export const probeTask = 0

/** What a URL with a valid signature holds. `image` is the start of the image's SHA-256. */
export interface SignedUrl {
  readonly task: number
  readonly image: string
}

const sign = (key: string, task: string, image: string): string =>
  createHmac('sha256', key).update(`fogbell download ${task} ${image}`).digest('hex').slice(0, SIGNATURE_DIGITS)

/** Compares text in constant time: upper-case hex does not match (protocol.md §7). */
const isSame = (left: string, right: string): boolean => {
  const [a, b] = [Buffer.from(left), Buffer.from(right)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** The path of the URL; `sha256` in lower-case hex. At most 65 characters. */
export const signedPath = (key: string, task: number, sha256: string): string => {
  const image = sha256.slice(0, IMAGE_DIGITS)
  return `${PREFIX}${task}/${image}/${sign(key, String(task), image)}`
}

/** What a test link answers: proof that the answer is from the server that signed the link. */
export const probeBody = ({ image }: Pick<SignedUrl, 'image'>): string => `fogbell probe ${image}\n`

/** The path of a request target, without scheme and host of the absolute form that proxies send (RFC 9112 §3.2.2). */
const pathOf = (target: string): string => target.replace(/^https?:\/\/[^/]*/i, '')

/** What a request target is: a valid signed URL, `altered` if it looks like one but is not valid, or `unknown`. */
export const readSignedUrl = (key: string, target: string): SignedUrl | 'altered' | 'unknown' => {
  const path = pathOf(target)
  if (!path.startsWith(PREFIX)) return 'unknown'
  const [, task, image, signature] = PARTS.exec(path) ?? []
  if (task === undefined || image === undefined || signature === undefined) return 'altered'
  return isSame(signature, sign(key, task, image)) ? { task: Number(task), image } : 'altered'
}
