// The answers without an image: plain text for whoever reads a device's log. Knows no tasks.

import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'

/** Why a request is not served. */
export interface HttpRefusal {
  readonly status: number
  readonly text: string
  readonly headers?: OutgoingHttpHeaders
}

const BUSY_SECONDS = 10

const refusal = (status: number, text: string, headers: OutgoingHttpHeaders = {}): HttpRefusal => ({ status, text: `${text}\n`, headers })

export const refusals = {
  /** The connection is not used again: a body may follow that nobody wants to read. */
  method: refusal(405, 'Images are fetched with GET or HEAD.', { Allow: 'GET, HEAD', Connection: 'close' }),
  unknownPath: refusal(404, 'Nothing is here but the images that update messages link to.'),
  altered: refusal(403, 'The link is not as it was made: its signature does not fit.'),
  unknownTask: refusal(404, "The link's task is not known, or has another image now."),
  gone: refusal(410, "The link's task was canceled."),
  expired: refusal(403, 'The link has expired: its task ended, and the time after that is over too.'),
  busy: refusal(503, 'The server is busy. The same link works a little later.', { 'Retry-After': BUSY_SECONDS }),
  unreadable: refusal(500, 'The image cannot be read. The server says why in its log.'),
} as const satisfies Record<string, HttpRefusal>

/** RFC 9110 §15.5.17. */
export const outOfRange = (size: number): HttpRefusal =>
  refusal(416, `The image has ${size} bytes: the range begins behind them.`, { 'Content-Range': `bytes */${size}` })

export const refuse = (response: ServerResponse, { status, text, headers }: HttpRefusal): void => {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': Buffer.byteLength(text), ...headers })
  response.end(text)
}
