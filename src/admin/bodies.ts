// Request bodies before anybody reads them: who waits for 100 Continue is told only once its request may go on, and who
// still sends when it has been refused gets the time to see why. Knows no route.

import type { IncomingMessage, ServerResponse } from 'node:http'

/** What is read and thrown away of a refused body, and how long its sender has to notice. */
const lingerBytes = 2_097_152
const lingerMs = 1_000

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/** RFC 9110 §10.1.1: the client sends its body only after this. */
export const letSend = (request: IncomingMessage, response: ServerResponse): void => {
  if (/100-continue/i.test(request.headers.expect ?? '') && hasBody(request)) response.writeContinue()
}

/**
 * Call before answering a request whose body nobody will read to its end. Closing at once would reset the connection, and
 * the client would see that instead of the answer; reading it all would take gigabytes for nothing. So: a little is thrown
 * away, then the client's sending blocks, and after a moment the connection is cut. True where the connection is to end so.
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
  // Told to close, Node would do so with the answer's last byte.
  request.socket.destroySoon = () => request.socket.end()
  return true
}

/** The body as it comes. Left early, it leaves the connection open, so that the refusal can still be answered. */
export async function* bodyOf(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  for await (const chunk of request.iterator({ destroyOnReturn: false })) yield chunk
}
