// Request bodies before they are read: a client that waits for 100 Continue gets it only when its request is accepted, and a client that
// is still sending when it is refused gets time to read the answer. Knows no route.

import type { IncomingMessage, ServerResponse } from 'node:http'

/** How much of a refused body is read and discarded, and how long its sender has to notice. */
const lingerBytes = 2_097_152
const lingerMs = 1_000

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/** RFC 9110 §10.1.1: the client sends its body only after this. */
export const letSend = (request: IncomingMessage, response: ServerResponse): void => {
  if (/100-continue/i.test(request.headers.expect ?? '') && hasBody(request)) response.writeContinue()
}

/**
 * Call before answering a request whose body will not be read to its end. Closing at once would reset the connection, and the
 * client would see that instead of the answer; reading all of it could mean gigabytes. So a little is read and discarded, then
 * the client's sending blocks, and after `lingerMs` the connection is closed. True if the connection will end this way.
 */
export const linger = (request: IncomingMessage): boolean => {
  if (!hasBody(request) || request.complete || request.destroyed) return false
  let seen = 0
  request.on('data', (chunk: Uint8Array) => {
    seen += chunk.length
    if (seen > lingerBytes) request.pause()
  })
  request.resume()
  const cut = setTimeout(() => request.socket.destroy(), lingerMs)
  request.once('close', () => clearTimeout(cut))
  // Node would close the connection with the last byte of the answer.
  request.socket.destroySoon = () => request.socket.end()
  return true
}

/** The body as it arrives. Stopping early leaves the connection open, so that the refusal can still be sent. */
export async function* bodyOf(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  for await (const chunk of request.iterator({ destroyOnReturn: false })) yield chunk
}
