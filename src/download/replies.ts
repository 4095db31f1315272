// The responses without an image: plain text for people who read a device's log. Knows no tasks.

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
  /** The connection is closed: the request may have a body, which is not read. */
  method: refusal(405, 'Images are fetched with GET or HEAD.', { Allow: 'GET, HEAD', Connection: 'close' }),
  unknownPath: refusal(404, 'There is nothing at this path. Images are under the URLs in update messages.'),
  altered: refusal(403, 'The link was altered: its signature does not match.'),
  unknownTask: refusal(404, "The link's task is unknown, or its image has changed."),
  gone: refusal(410, "The link's task was canceled."),
  expired: refusal(403, 'The link has expired: its task ended some time ago.'),
  busy: refusal(503, 'The server is busy. Try the same link again later.', { 'Retry-After': BUSY_SECONDS }),
  superseded: refusal(503, "Newer requests for the same link have taken this one's place.", { 'Retry-After': BUSY_SECONDS }),
  unreadable: refusal(500, "The image cannot be read. The server's log has the reason."),
} as const satisfies Record<string, HttpRefusal>

/** RFC 9110 §15.5.17. */
export const outOfRange = (size: number): HttpRefusal =>
  refusal(416, `The image has ${size} bytes: the range begins after its end.`, { 'Content-Range': `bytes */${size}` })

export const refuse = (response: ServerResponse, { status, text, headers }: HttpRefusal): void => {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': Buffer.byteLength(text), ...headers })
  response.end(text)
}
