// Tells the service manager that started this process (systemd, which sets NOTIFY_SOCKET) when the server is ready, and that it stops. Node.js
// opens no sockets of that kind: the program `systemd-notify` sends the message. Knows the log, nothing of the server.

import { execFile } from 'node:child_process'
import type { Log } from './log.ts'

export interface ServiceNotice {
  /** The server is ready; `status` is what `systemctl status` shows. */
  ready(status: string): void
  stopping(): void
}

type Environment = Readonly<Record<string, string | undefined>>

/** `systemd-notify` waits until the manager has read the message, usually for milliseconds. */
const limitMs = 30_000

const silent: ServiceNotice = { ready: () => undefined, stopping: () => undefined }

/**
 * Neither waits nor fails: what could not be sent is a warning. Without `--no-block`, since the manager finds out whose message it is by the
 * process that sent it, which therefore stays until it was read.
 */
export const createServiceNotice = (env: Environment, log: Log): ServiceNotice => {
  if (!env.NOTIFY_SOCKET) return silent
  const send = (words: readonly string[], what: string): void => {
    execFile('systemd-notify', words, { env: { ...env }, timeout: limitMs }, (error) => {
      if (error !== null)
        log.warn(
          { socket: env.NOTIFY_SOCKET, why: error.message.trim() },
          `the service manager does not know that the server ${what}, since systemd-notify failed: install it (package systemd), or set Type=exec in the unit`,
        )
    })
  }
  return {
    ready: (status) => send(['--ready', `--status=${status}`], 'is ready'),
    stopping: () => send(['STOPPING=1', 'STATUS=stopping'], 'stops'),
  }
}
