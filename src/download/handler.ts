// One request from its path to its last byte (protocol.md §7). Knows HTTP; the core only through grants.

import type { IncomingMessage, OutgoingHttpHeaders, RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Log } from '../log.ts'
import { type Body, waitForPlace } from './body.ts'
import type { ByteCount } from './byte-count.ts'
import type { Deliveries } from './delivered.ts'
import type { FaultReports } from './fault-reports.ts'
import type { Grants } from './grants.ts'
import type { ImageCache } from './image-cache.ts'
import { faultOf } from './image-fault.ts'
import type { Granted } from './messages.ts'
import { type Choice, chooseBytes } from './range.ts'
import { type HttpRefusal, outOfRange, refusals, refuse } from './replies.ts'
import { probeBody, probeTask, readSignedUrl, type SignedUrl } from './signed-url.ts'
import type { Transfer, TransferSlots } from './transfer-slots.ts'
import { unsentBytes } from './unsent.ts'

export interface HandlerParts {
  readonly key: string
  readonly grants: Grants
  readonly slots: TransferSlots
  readonly images: ImageCache
  readonly byteCount: ByteCount
  readonly send: (body: Body) => Promise<boolean>
  readonly deliveries: Deliveries
  /** The client of this connection has shown a valid link. */
  readonly proven: (socket: Socket) => void
  readonly faulty: FaultReports
  /** The core's clock, milliseconds since the epoch. */
  readonly now: () => number
  readonly log: Log
}

export interface Handler {
  readonly listener: RequestListener
  /** The task's grant has changed: its running downloads are cut off if the grant is gone. */
  recheck(task: number): Promise<void>
}

type Part = Extract<Choice, { status: 200 | 206 }>

/** The task's grant if the link is valid now, else why not. */
const admit = async (parts: HandlerParts, link: SignedUrl): Promise<Granted | HttpRefusal> => {
  const grant = await parts.grants.get(link.task).catch((cause: unknown) => {
    parts.log.warn({ task: link.task, cause: String(cause) }, 'download refused for now: the core did not answer')
    return refusals.busy
  })
  if (grant === undefined) return refusals.unknownTask
  if ('status' in grant) return grant
  if (!grant.sha256.startsWith(link.image)) return refusals.unknownTask
  if (grant.gone) return refusals.gone
  return grant.until !== null && parts.now() >= grant.until ? refusals.expired : grant
}

const headersOf = ({ sha256, size }: Granted, { status, start, end }: Part): OutgoingHttpHeaders => ({
  'Content-Type': 'application/octet-stream',
  'Content-Length': end - start,
  'Accept-Ranges': 'bytes',
  ETag: `"${sha256}"`,
  ...(status === 206 ? { 'Content-Range': `bytes ${start}-${end - 1}/${size}` } : {}),
})

/** What is under way for one response. */
interface Work {
  readonly response: ServerResponse
  readonly transfer: Transfer
  readonly left: AbortSignal
}

const sendImage = async (parts: HandlerParts, { response, transfer, left }: Work, grant: Granted, part: Part): Promise<void> => {
  const lease = await parts.images.open(grant)
  const count = parts.byteCount.begin(grant, part.start)
  const { socket } = response.req
  let isOut = false
  try {
    // The first block is checked before the response begins.
    await lease.read(part.start, 1)
    if (left.aborted) return
    response.writeHead(part.status, headersOf(grant, part))
    isOut = await parts.send({ response, lease, transfer, count, left, start: part.start, end: part.end })
  } finally {
    lease.close()
    if (!isOut) count.end()
  }
  const delivered = (sure: boolean): void => {
    count.delivered(sure)
    count.end()
  }
  if (isOut) parts.deliveries.await(socket, part.end - part.start, delivered, () => count.end())
}

/** Aborted when the client disconnects before its response was sent; the reason avoids the cost of an exception with a stack. */
const leaveWith = (response: ServerResponse): AbortController => {
  const controller = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) controller.abort('disconnected')
  })
  return controller
}

const beginTransfer = (parts: HandlerParts, task: number, response: ServerResponse): Work => {
  const controller = leaveWith(response)
  const left = controller.signal
  const superseded = (): void => {
    controller.abort('superseded')
    if (response.headersSent) response.destroy()
    else refuse(response, refusals.superseded)
  }
  const cut = (): void => {
    if (response.headersSent) response.destroy()
  }
  const { socket } = response.req
  return { response, left, transfer: parts.slots.begin({ task, left, unsent: () => unsentBytes(socket), superseded, cut }) }
}

/** Waits for a place, checks again whether the link is still valid after the wait, and sends. */
const transfer = async (parts: HandlerParts, link: SignedUrl, response: ServerResponse, part: Part): Promise<void> => {
  const work = beginTransfer(parts, link.task, response)
  try {
    if (!(await waitForPlace(work.transfer, response.req.socket))) return work.left.aborted ? undefined : refuse(response, refusals.busy)
    const grant = await admit(parts, link)
    if (work.left.aborted) return
    if ('status' in grant) refuse(response, grant)
    else await sendImage(parts, work, grant, part)
  } finally {
    work.transfer.leave()
  }
}

const answer = async (parts: HandlerParts, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { method = '', url = '' } = request
  if (method !== 'GET' && method !== 'HEAD') return refuse(response, refusals.method)
  const link = readSignedUrl(parts.key, url)
  if (link === 'unknown') return refuse(response, refusals.unknownPath)
  if (link === 'altered') return refuse(response, refusals.altered)
  if (link.task === probeTask) return refuse(response, { status: 200, text: probeBody(link) })
  const grant = await admit(parts, link)
  if ('status' in grant) return refuse(response, grant)
  parts.proven(request.socket)
  const choice = chooseBytes(method, request.headers, grant.size, `"${grant.sha256}"`)
  if (choice.status === 416) return refuse(response, outOfRange(grant.size))
  if (choice.status === 304) {
    response.writeHead(304, { ETag: `"${grant.sha256}"`, 'Content-Length': grant.size }).end()
  } else if (method === 'HEAD') {
    response.writeHead(200, headersOf(grant, choice)).end()
  } else {
    await transfer(parts, link, response, choice)
  }
}

/** Once the body has begun no error can be sent: the client only sees a closed connection. */
const fail = (parts: HandlerParts, { url = '' }: IncomingMessage, response: ServerResponse, cause: unknown): void => {
  const fault = faultOf(cause)
  const link = readSignedUrl(parts.key, url)
  if (fault === undefined || fault === 'shortage' || typeof link === 'string') {
    parts.log.error({ link: url.replace(/[^/]*$/, '…'), cause: String(cause) }, 'a download failed')
  } else parts.faulty(link, fault, String(cause))
  if (response.headersSent) response.destroy()
  else refuse(response, fault === 'shortage' ? refusals.busy : refusals.unreadable)
}

export const createHandler = (parts: HandlerParts): Handler => ({
  listener: (request, response) => {
    answer(parts, request, response).catch((cause: unknown) => fail(parts, request, response, cause))
  },
  recheck: async (task) => {
    if (!parts.slots.has(task)) return
    const grant = await parts.grants.get(task).catch(() => 'unknown' as const)
    if (grant === 'unknown' || grant?.gone === false) return
    parts.slots.cut(task)
    parts.slots.letThrough(task)
  },
})
