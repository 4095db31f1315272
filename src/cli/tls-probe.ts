// Whether TLS is spoken at an address, asked with a handshake that sends nothing else. For the reason why plain HTTP failed there.

import { connect } from 'node:tls'

const limitMs = 2000

/** Of an `http://` URL whose port closed the connection, or answered what is no HTTP. False too if the port cannot be reached any more. */
export const speaksTls = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url)
    // Who it is does not matter: nothing is sent to it.
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80), rejectUnauthorized: false })
    const end = (spoken: boolean): void => {
      socket.destroy()
      resolve(spoken)
    }
    socket.setTimeout(limitMs, () => end(false))
    socket.once('secureConnect', () => end(true))
    socket.on('error', () => end(false))
    socket.once('close', () => end(false))
  })
