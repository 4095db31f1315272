// HTTPS to a server whose authority the system does not know: by the authority's certificate, or by the server's own, which it has written
// down on this machine. Nothing is sent before the certificate is known to be right. Does what the command needs of fetch.

import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { type RequestOptions, request } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { rootCertificates, type TLSSocket } from 'node:tls'

/** By what a server is known. */
export type Trust = { readonly ca: string } | { readonly fingerprint: string }

export interface TrustedInit {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  readonly body?: AsyncIterable<Uint8Array> | Uint8Array<ArrayBuffer> | string
}

/** As long as `fetch` waits for bytes: a server that no longer answers ends nothing by itself. */
const usualIdleMs = 300_000

const optionsOf = (trust: Trust, { method, headers, signal }: TrustedInit, timeout: number): RequestOptions => ({
  method,
  timeout,
  headers,
  agent: false,
  ...(signal && { signal }),
  ...('ca' in trust ? { ca: [...rootCertificates, trust.ca] } : { rejectUnauthorized: false }),
})

const wrongCertificate = (): Error => Object.assign(new Error('another certificate'), { code: 'CERTIFICATE_DIFFERS' })

const bodyOf = ({ body }: TrustedInit): Readable => {
  if (body === undefined) return Readable.from([])
  return typeof body === 'string' || body instanceof Uint8Array ? Readable.from([Buffer.from(body)]) : Readable.from(body)
}

const isBare = (status: number): boolean => status === 204 || status === 304

const responseOf = (answer: IncomingMessage): Response => {
  const { statusCode: status = 0, statusMessage: statusText = '' } = answer
  const headers = new Headers(Object.entries(answer.headers).map(([name, value]): [string, string] => [name, String(value)]))
  const body = isBare(status) ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>)
  if (body === null) answer.resume()
  return new Response(body, { status, statusText, headers })
}

/** As `fetch` does; rejects with an error that has a code, or with the reason of the signal. */
export const trustedFetch = async (trust: Trust, url: string, init: TrustedInit, idleMs = usualIdleMs): Promise<Response> => {
  const sent = request(url, optionsOf(trust, init, idleMs))
  sent.on('timeout', () => sent.destroy(new Error(`nothing came for ${idleMs / 1000} s`)))
  // An error behind the answer concerns its body, which has it too.
  sent.on('error', () => undefined)
  try {
    const [socket] = (await once(sent, 'socket')) as [TLSSocket]
    await once(socket, 'secureConnect')
    if ('fingerprint' in trust && socket.getPeerCertificate().fingerprint256 !== trust.fingerprint) throw wrongCertificate()
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>
    const written = pipeline(bodyOf(init), sent)
    // A server may refuse before it has read all.
    written.catch(() => undefined)
    const [answer] = await answered
    return responseOf(answer)
  } catch (cause) {
    sent.destroy()
    throw init.signal?.aborted === true ? init.signal.reason : cause
  }
}
