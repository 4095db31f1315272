// Labels to printers that take ZPL by TCP: one connection for each label, one label at a time for each printer. Knows no run.

import { createConnection, isIP, type LookupFunction, type Socket } from 'node:net'
import { OtaError } from '../errors.ts'
import { type Sentence, sentence } from '../sentences/sentence.ts'
import type { StationOutside } from './ports.ts'
import { unacknowledgedBytes } from './unacknowledged.ts'

export interface PrinterDeps {
  readonly lookup?: LookupFunction
  /** 3 s by default. */
  readonly connectMs?: number
  /** How long a new connection must stay open before the label is sent; 0.1 s by default. */
  readonly settleMs?: number
  /** From the connection until the printer's system has acknowledged all of the label; 10 s by default. */
  readonly writeMs?: number
  /** How long a printer that has all of it may keep the connection open; 1 s by default. */
  readonly endMs?: number
}

export interface Printers {
  readonly print: StationOutside['print']
  /** Ends running jobs, which fail. */
  close(): void
}

type Bounds = Required<Omit<PrinterDeps, 'lookup'>>

/** `host:port`, IPv6 in brackets. */
const addressOf = (printer: string): { readonly host: string; readonly port: number } => {
  const at = printer.lastIndexOf(':')
  return { host: printer.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(printer.slice(at + 1)) }
}

const codeOf = (error: Error): string => ('code' in error ? String(error.code) : '')

const silentCodes = new Set(['ETIMEDOUT', 'EHOSTUNREACH', 'EHOSTDOWN'])

const notConnected = (printer: string, error: Error, { connectMs }: Bounds): Sentence => {
  const code = codeOf(error)
  if (code === 'ECONNREFUSED') return sentence('floor_printer_refused', { printer })
  if (silentCodes.has(code)) return sentence('floor_printer_silent', { printer, seconds: connectMs / 1000 })
  return sentence('floor_printer_unreachable', { printer, why: error.message === '' ? code : error.message })
}

/** `sent`: the system has all of the label. `taken`: the printer's system has acknowledged it, as far as that is known. */
type Phase = 'connecting' | 'settling' | 'sending' | 'sent' | 'taken'

/** How soon acknowledgements are looked for, then later and later (ms). */
const firstLookMs = 10
const lastLookMs = 250

interface Course {
  phase: Phase
  /** The printer has closed its side. */
  hasEnded: boolean
  readonly finish: (failure: Sentence | null) => void
  readonly wait: (ms: number, then: () => void) => void
}

const closedEarly = (printer: string): Sentence => sentence('floor_printer_closed_early', { printer })

const taken = (course: Course, socket: Socket, endMs: number): void => {
  course.phase = 'taken'
  socket.end()
  // Some printers keep the connection open when they have all of it.
  if (course.hasEnded) course.finish(null)
  else course.wait(endMs, () => course.finish(null))
}

/** Whether the printer has all of it: an answer that is read after its end is the last one. */
const look = async (course: Course, socket: Socket, printer: string, endMs: number, nextMs = firstLookMs): Promise<void> => {
  const { hasEnded } = course
  const bytes = await unacknowledgedBytes(socket)
  if (course.phase !== 'sent' || socket.destroyed) return
  if (bytes === null || bytes === 0) taken(course, socket, endMs)
  else if (hasEnded) course.finish(closedEarly(printer))
  else setTimeout(() => void look(course, socket, printer, endMs, Math.min(nextMs * 2, lastLookMs)), nextMs).unref()
}

/** The printer has closed its side: it took the label, or it did not want it. */
const ended = (course: Course, socket: Socket, printer: string, endMs: number): void => {
  course.hasEnded = true
  if (course.phase === 'taken') course.finish(null)
  else if (course.phase === 'sent') void look(course, socket, printer, endMs)
  // That the last bytes were accepted may be reported in the same turn.
  else setImmediate(() => (course.phase === 'settling' || course.phase === 'sending') && course.finish(closedEarly(printer)))
}

/** What a socket says, as the course of a job. */
const follow = (socket: Socket, printer: string, zpl: string, bounds: Bounds, done: (failure: Sentence | null) => void): void => {
  const { connectMs, settleMs, writeMs, endMs } = bounds
  let timer: NodeJS.Timeout | undefined
  let settling: NodeJS.Timeout | undefined
  const course: Course = {
    phase: 'connecting',
    hasEnded: false,
    finish(failure) {
      clearTimeout(timer)
      clearTimeout(settling)
      socket.destroy()
      done(failure)
    },
    wait(ms, then) {
      clearTimeout(timer)
      timer = setTimeout(then, ms)
    },
  }
  const send = (): void => {
    if (course.phase !== 'settling' || socket.destroyed || course.hasEnded) return
    course.phase = 'sending'
    socket.write(zpl, () => {
      if (socket.destroyed) return
      course.phase = 'sent'
      void look(course, socket, printer, endMs)
    })
  }
  course.wait(connectMs, () => course.finish(sentence('floor_printer_silent', { printer, seconds: connectMs / 1000 })))
  socket.on('connect', () => {
    course.phase = 'settling'
    course.wait(writeMs, () => course.finish(sentence('floor_printer_late', { printer, seconds: writeMs / 1000 })))
    // One that has no time for us closes now; after the label this would look as if it had taken it.
    settling = setTimeout(send, settleMs)
  })
  socket.on('end', () => ended(course, socket, printer, endMs))
  socket.on('error', (error) => {
    const why = codeOf(error) === '' ? error.message : codeOf(error)
    const isConnected = course.phase !== 'connecting'
    course.finish(isConnected ? sentence('floor_printer_closed', { printer, why }) : notConnected(printer, error, bounds))
  })
  socket.on('close', () => course.finish(course.phase === 'taken' ? null : sentence('floor_printer_stopped', { printer })))
  // What a printer says of itself is of no use here; unread, it would cut the label off.
  socket.resume()
}

export const createPrinters = ({
  lookup,
  connectMs = 3000,
  settleMs = 100,
  writeMs = 10_000,
  endMs = 1000,
}: PrinterDeps = {}): Printers => {
  const sockets = new Set<Socket>()
  const last = new Map<string, Promise<void>>()
  let isOver = false

  const job = (printer: string, zpl: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const fail = (why: Sentence): void => reject(new OtaError('OTA_RUN_STATE', why))
      if (isOver) {
        fail(sentence('floor_printer_stopped', { printer }))
        return
      }
      const { host, port } = addressOf(printer)
      const socket = createConnection({ host, port, allowHalfOpen: true, ...(lookup !== undefined && isIP(host) === 0 && { lookup }) })
      sockets.add(socket)
      follow(socket, printer, zpl, { connectMs, settleMs, writeMs, endMs }, (failure) => {
        sockets.delete(socket)
        if (failure === null) resolve()
        else fail(failure)
      })
    })

  return {
    print(printer, zpl) {
      const before = last.get(printer) ?? Promise.resolve()
      const done = before.then(() => job(printer, zpl))
      const settled = done.catch(() => undefined)
      last.set(printer, settled)
      void settled.then(() => {
        if (last.get(printer) === settled) last.delete(printer)
      })
      return done
    },
    close() {
      isOver = true
      for (const socket of sockets) socket.destroy()
    },
  }
}
