// The log of a running server: pino, one object per line or lines for people. Knows no room; every room is given it.
// It never waits for its output: see log-output.ts.

import { type DestinationStream, pino, stdSerializers, stdTimeFunctions } from 'pino'
import { isColorSupported, prettyFactory } from 'pino-pretty'
import type { Log } from './log.ts'
import { createFloods } from './log-floods.ts'
import { type LogOutput, standardOutput } from './log-output.ts'
import type { LogSettings } from './settings.ts'

/** A log whose level can be changed while it runs (SIGHUP). */
export interface LevelledLog extends Log {
  level: LogSettings['level']
  /** Text that is not a line of the log, in order with these; false: the log is written elsewhere. */
  print(text: string): boolean
  /** Lines that could not be written. */
  dropped(): number
  /** Writes what is held back, if that is possible within `ms`. */
  flush(ms: number): Promise<void>
}

/** Where lines are written, each with its newline; `isTTY` if it is a terminal, for colours. */
export interface LogDestination extends DestinationStream {
  readonly isTTY?: boolean
}

const isOutput = (destination: LogDestination | LogOutput): destination is LogOutput => 'onRecovery' in destination

/** Fields that are never written, down to the third level of the logged object. */
const secrets = ['password', 'passwordHash', 'secret', 'token', 'authorization', 'Authorization']
const hidden = secrets.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])

/** Control characters in a message could forge lines or control the terminal: devices choose their own names. */
const visible = (text: string): string => text.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1))

const prettyLines = (destination: LogDestination): LogDestination => {
  const options = {
    colorize: isColorSupported && destination.isTTY === true,
    translateTime: 'SYS:yyyy-mm-dd HH:MM:ss.l p',
    singleLine: true,
    messageFormat: (line: Record<string, unknown>, key: string) => {
      const message: unknown = line[key]
      return typeof message === 'string' ? visible(message) : ''
    },
  }
  const withStack = prettyFactory(options)
  const inOneLine = prettyFactory({ ...options, errorLikeObjectKeys: [] })
  return { write: (line) => destination.write(line.includes('"stack":') ? withStack(line) : inOneLine(line)) }
}

/** Failures of the machine, whose code explains them, and our own expected ones. */
const plainCodes = /^(OTA_(?!INTERNAL)\w+|LEVEL_\w+|ENOSPC|EDQUOT|EIO|EROFS|EFBIG|EMFILE|ENFILE)$/

/** Code and message alone where the stack adds nothing: a full disk would log thousands of them. */
const errorOf = (value: unknown): unknown => {
  if (!(value instanceof Error)) return value
  const code: unknown = 'code' in value ? value.code : undefined
  if (typeof code !== 'string' || !plainCodes.test(code)) return stdSerializers.err(value)
  const { message, cause } = value
  const why = cause instanceof Error && !message.includes(cause.message) ? { cause: cause.message } : {}
  return { code, message, ...why }
}

const loggerFor = (level: LogSettings['level'], destination: LogDestination) =>
  pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: errorOf, error: errorOf, cause: errorOf },
      redact: { paths: hidden, censor: '(hidden)' },
    },
    destination,
  )

type Level = keyof Log
const warnings: ReadonlySet<Level> = new Set(['warn', 'error'])

/** Warnings are one flood if they have the same text for different clients; other lines only if they are identical. */
const floodKey = (level: Level, fields: object, message: string): string => {
  if (warnings.has(level)) return `${level} ${message}`
  try {
    return `${level} ${message} ${JSON.stringify(fields)}`
  } catch {
    return `${level} ${message}`
  }
}

/** A log in the given format. `destination` takes whole lines; the default is standard output. */
export const createLog = ({ level, format }: LogSettings, destination: LogDestination | LogOutput = standardOutput()): LevelledLog => {
  const logger = loggerFor(level, format === 'pretty' ? prettyLines(destination) : destination)
  const floods = createFloods()
  let current = level
  const at =
    (name: Level): Log[Level] =>
    (fields, message) => {
      if (!logger.isLevelEnabled(name)) return
      const sayMore = (more: number): void => logger[name]({ more }, `${message}: and ${more.toLocaleString('en')} more`)
      if (floods.passes(floodKey(name, fields, message), sayMore)) logger[name](fields, message)
    }
  const output = isOutput(destination) ? destination : null
  output?.onRecovery((dropped) =>
    logger.warn({ dropped }, `${dropped.toLocaleString('en')} lines of the log were dropped, because its output took none`),
  )
  return {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    print(text) {
      output?.write(text)
      return output !== null
    },
    dropped: () => output?.dropped() ?? 0,
    async flush(ms) {
      floods.flush()
      await output?.flush(ms)
    },
    get level() {
      return current
    },
    set level(next) {
      current = next
      logger.level = next
    },
  }
}
