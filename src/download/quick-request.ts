// What a plain request gets from memory, decided at once: its link is valid, its grant and its image are here. Knows no sockets.

import { owned } from '../owned.ts'
import type { Grants } from './grants.ts'
import type { ImageCache } from './image-cache.ts'
import type { ImagePart } from './image-head.ts'
import type { Granted } from './messages.ts'
import { type QuickHead, readQuickHead } from './quick-head.ts'
import type { QuickRequest } from './quick-transfer.ts'
import { chooseBytes } from './range.ts'
import { probeTask, readSignedUrl, type SignedUrl } from './signed-url.ts'

export interface QuickReadParts {
  readonly key: string
  readonly grants: Grants
  readonly images: ImageCache
  /** The core's clock, milliseconds since the epoch. */
  readonly now: () => number
}

/** A plain request with a valid link. */
export interface QuickAsk {
  readonly head: QuickHead
  readonly link: SignedUrl
}

/** Valid links, so that a signature is not computed for each range. A link is found by its hash, which says nothing of how much of it is right. */
const validLinks = new Map<string, SignedUrl>()
const LINKS_REMEMBERED = 10_000

const linkAt = (key: string, path: string): SignedUrl | undefined => {
  const known = validLinks.get(path)
  if (known !== undefined) return known
  const kept = owned(path)
  const link = readSignedUrl(key, kept)
  if (typeof link === 'string') return undefined
  if (validLinks.size >= LINKS_REMEMBERED) validLinks.clear()
  validLinks.set(kept, link)
  return link
}

/** Undefined: what arrived is not exactly one such request. */
export const readQuickAsk = ({ key }: QuickReadParts, chunk: Buffer): QuickAsk | undefined => {
  const head = readQuickHead(chunk)
  if (head === undefined || head.length !== chunk.length) return undefined
  const link = linkAt(key, head.path)
  return link === undefined || link.task === probeTask ? undefined : { head, link }
}

const isValid = ({ sha256, gone, until }: Granted, { image }: SignedUrl, now: number): boolean =>
  sha256.startsWith(image) && !gone && (until === null || now < until)

const partOf = ({ sha256, size }: Granted, { range }: QuickHead): ImagePart | undefined => {
  if (range === undefined) return size === 0 ? undefined : { status: 200, start: 0, end: size }
  const choice = chooseBytes('GET', { range }, size, `"${sha256}"`)
  return (choice.status === 200 || choice.status === 206) && choice.start < choice.end ? choice : undefined
}

/** `absent`: its grant or its image is not here yet. Undefined: its answer is no image. */
export const requestFor = (parts: QuickReadParts, { head, link }: QuickAsk): QuickRequest | 'absent' | undefined => {
  const grant = parts.grants.known(link.task)
  if (grant === undefined) return 'absent'
  if (!isValid(grant, link, parts.now())) return undefined
  const part = partOf(grant, head)
  if (part === undefined) return undefined
  const image = parts.images.whole(grant)
  return image === undefined ? 'absent' : { grant, image, part, keepsOpen: head.keepsOpen }
}

/** Asks for what is not here; a failure is left to who answers without it. */
export const bringHere = async ({ grants, images }: QuickReadParts, { link }: QuickAsk): Promise<void> => {
  const grant = await grants.get(link.task).catch(() => undefined)
  if (grant === undefined || grant.gone || images.whole(grant) !== undefined) return
  await images.open(grant).then(
    (lease) => lease.close(),
    () => undefined,
  )
}
