// The log of a running server: pino, one object per line or lines for people. Knows no room; every room is given it.
// Written synchronously, without a worker, so that nothing logged before a crash is lost.

import { type DestinationStream, pino, stdSerializers, stdTimeFunctions } from 'pino'
import { isColorSupported, prettyFactory } from 'pino-pretty'
import type { Log } from './log.ts'
import type { LogSettings } from './settings.ts'

/** A log whose level can be changed while it runs (SIGHUP). */
export interface LevelledLog extends Log {
  level: LogSettings['level']
}

/** Where lines are written, each with its newline; `isTTY` if it is a terminal, for colours. */
export interface LogDestination extends DestinationStream {
  readonly isTTY?: boolean
}

/** Fields that are never written, down to the third level of the logged object. */
const secrets = ['password', 'passwordHash', 'secret', 'token', 'authorization', 'Authorization']
const hidden = secrets.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])

/** Control characters in a message could forge lines or control the terminal: devices choose their own names. */
const visible = (text: string): string => text.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1))

const prettyLines = (destination: LogDestination): LogDestination => {
  const pretty = prettyFactory({
    colorize: isColorSupported && destination.isTTY === true,
    translateTime: 'SYS:yyyy-mm-dd HH:MM:ss.l p',
    singleLine: true,
    messageFormat: (line, key) => {
      const message: unknown = line[key]
      return typeof message === 'string' ? visible(message) : ''
    },
  })
  return { write: (line) => destination.write(pretty(line)) }
}

/** Standard output, written synchronously; a reader that exits ends the log and not the server. */
const standardOutput = (): LogDestination => Object.assign(pino.destination({ dest: 1, sync: true }), { isTTY: process.stdout.isTTY })

/** A log in the given format. `destination` takes whole lines; the default is standard output. */
export const createLog = ({ level, format }: LogSettings, destination: LogDestination = standardOutput()): LevelledLog => {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: stdSerializers.err, error: stdSerializers.err, cause: stdSerializers.err },
      redact: { paths: hidden, censor: '(hidden)' },
    },
    format === 'pretty' ? prettyLines(destination) : destination,
  )
  let current = level
  return {
    trace: (fields, message) => logger.trace(fields, message),
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    get level() {
      return current
    },
    set level(next) {
      current = next
      logger.level = next
    },
  }
}
