// Labels to printers that take ZPL by TCP: one connection for each label, one label at a time for each printer. Knows no run.

import { createConnection, isIP, type LookupFunction, type Socket } from 'node:net'
import { OtaError } from '../errors.ts'
import { type Sentence, sentence } from '../sentences/sentence.ts'
import type { StationOutside } from './ports.ts'

export interface PrinterDeps {
  readonly lookup?: LookupFunction
  /** 3 s by default. */
  readonly connectMs?: number
  /** From the connection to the end of the label; 10 s by default. */
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

/** What a socket says, as the course of a job. */
const follow = (socket: Socket, printer: string, zpl: string, bounds: Bounds, done: (failure: Sentence | null) => void): void => {
  const { connectMs, writeMs, endMs } = bounds
  let isWritten = false
  let isConnected = false
  let timer = setTimeout(() => finish(sentence('floor_printer_silent', { printer, seconds: connectMs / 1000 })), connectMs)
  const finish = (failure: Sentence | null): void => {
    clearTimeout(timer)
    socket.destroy()
    done(failure)
  }
  const wait = (ms: number, failure: Sentence | null): void => {
    clearTimeout(timer)
    timer = setTimeout(() => finish(failure), ms)
  }
  socket.on('connect', () => {
    isConnected = true
    wait(writeMs, sentence('floor_printer_late', { printer, seconds: writeMs / 1000 }))
    socket.end(zpl)
  })
  socket.on('finish', () => {
    isWritten = true
    // Some printers keep the connection open when they have all of it.
    wait(endMs, null)
  })
  socket.on('error', (error) => {
    const why = codeOf(error) === '' ? error.message : codeOf(error)
    finish(isConnected ? sentence('floor_printer_closed', { printer, why }) : notConnected(printer, error, bounds))
  })
  socket.on('close', () => finish(isWritten ? null : sentence('floor_printer_stopped', { printer })))
  // What a printer says of itself is of no use here; unread, it would cut the label off.
  socket.resume()
}

export const createPrinters = ({ lookup, connectMs = 3000, writeMs = 10_000, endMs = 1000 }: PrinterDeps = {}): Printers => {
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
      const socket = createConnection({ host, port, ...(lookup !== undefined && isIP(host) === 0 && { lookup }) })
      sockets.add(socket)
      follow(socket, printer, zpl, { connectMs, writeMs, endMs }, (failure) => {
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
