// The head of an answer with an image, as text: what Node's response would make of the same headers, in one piece. Knows no sockets.

export interface ImagePart {
  readonly status: 200 | 206
  readonly start: number
  readonly end: number
}

const SECOND_MS = 1_000
const words = { 200: 'OK', 206: 'Partial Content' } as const

/** The date of an answer, made once a second. */
const createDate = (now: () => number): (() => string) => {
  let second = Number.NaN
  let text = ''
  return () => {
    const at = Math.floor(now() / SECOND_MS)
    if (at !== second) text = new Date(at * SECOND_MS).toUTCString()
    second = at
    return text
  }
}

export type ImageHead = (image: { readonly sha256: string; readonly size: number }, part: ImagePart, keepsOpen: boolean) => string

/** `idleMs`: how long a connection may be quiet between two requests; `now`: milliseconds since the epoch. */
export const createImageHead = (idleMs: number, now: () => number): ImageHead => {
  const date = createDate(now)
  const open = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(idleMs / SECOND_MS)}\r\n\r\n`
  const close = 'Connection: close\r\n\r\n'
  return ({ sha256, size }, { status, start, end }, keepsOpen) =>
    `HTTP/1.1 ${status} ${words[status]}\r\nContent-Type: application/octet-stream\r\nContent-Length: ${end - start}\r\n` +
    `Accept-Ranges: bytes\r\nETag: "${sha256}"\r\n${status === 206 ? `Content-Range: bytes ${start}-${end - 1}/${size}\r\n` : ''}` +
    `Date: ${date()}\r\n${keepsOpen ? open : close}`
}
