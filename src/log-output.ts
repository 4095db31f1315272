// Where the log of a server goes: standard output, without ever waiting for it. Lines that it cannot take are kept within a bound, then
// dropped and counted. Knows no logger.

import { write, writeSync } from 'node:fs'

export interface LogOutput {
  readonly isTTY: boolean
  /** Takes whole lines, each with its newline; returns at once and never throws. */
  write(lines: string): void
  /** Lines that were dropped since the start. */
  dropped(): number
  /** Called when lines are written again after some were dropped, with their number. */
  onRecovery(said: (dropped: number) => void): void
  /** Resolves when what waits is written, at the latest after `ms`. */
  flush(ms: number): Promise<void>
}

/** One write of text; `done` has what is left of it, and the error if there was one. */
type WriteText = (text: string, done: (error: NodeJS.ErrnoException | null, rest: string) => void) => void

interface Sink {
  readonly isTTY: boolean
  readonly writeText: WriteText
  /** At the end of the process: what can be written without waiting. */
  writeNow(text: string): void
}

const linesIn = (text: string): number => text.split('\n').length - 1

/** Errors after which an output never works again. */
const isGone = ({ code }: NodeJS.ErrnoException): boolean =>
  code === 'EPIPE' || code === 'EBADF' || code === 'ERR_STREAM_DESTROYED' || code === 'ERR_STREAM_WRITE_AFTER_END'

/** How many of the first bytes belong to a character that begins before them. */
const continued = (bytes: Uint8Array): number => {
  const at = bytes.findIndex((byte) => (byte & 0xc0) !== 0x80)
  return at < 0 ? bytes.length : at
}

type Written = (error: NodeJS.ErrnoException | null, written: number) => void
type WriteBytes = (fd: number, bytes: Uint8Array, offset: number, length: number, position: null, done: Written) => void

/** A file or a device: written by libuv's threads, so that a slow disk delays nothing else. A disk that is almost full takes parts. */
export const fileSink = (fd: number, writeBytes: WriteBytes = write): Sink => {
  /** What is left of a character of which the file has the beginning. */
  let part: Uint8Array = Buffer.alloc(0)
  return {
    isTTY: false,
    writeText(text, done) {
      const bytes = Buffer.concat([part, Buffer.from(text)])
      writeBytes(fd, bytes, 0, bytes.length, null, (error, written) => {
        if (error !== null) return done(error, text)
        const left = bytes.subarray(written)
        part = left.subarray(0, continued(left))
        done(null, left.subarray(part.length).toString('utf8'))
      })
    },
    writeNow(text) {
      try {
        writeSync(fd, text)
      } catch {
        // The process is ending and its output accepts nothing.
      }
    },
  }
}

type Stream = NodeJS.WriteStream & { readonly _handle?: { setBlocking?(on: boolean): void } }

/**
 * A pipe, a socket or a terminal. For standard output Node makes these block, and a reader that does not read would stop the process. Here
 * they do not: what the system accepts at once is written at once.
 */
const streamSink = (stream: Stream): Sink => {
  stream._handle?.setBlocking?.(false)
  // Reported to the callback of the write.
  stream.on('error', () => undefined)
  return {
    isTTY: stream.isTTY,
    writeText(text, done) {
      let isDone = false
      stream.write(text, (error) => {
        if (error !== null && error !== undefined) done(error, text)
        else if (!isDone) done(null, '')
      })
      isDone = stream.writableLength === 0
      if (isDone) done(null, '')
    },
    writeNow: () => undefined,
  }
}

/** Characters that are kept while the output takes nothing, and how long after an error it is tried again. */
const bounds = { maxWaiting: 1 << 20, retryMs: 1000 } as const

/** What is kept, in order, and what is not. */
const createBacklog = () => {
  let lines: string[] = []
  let size = 0
  return {
    size: () => size,
    add(text: string): void {
      lines.push(text)
      size += text.length
    },
    putBack(text: string): void {
      lines.unshift(text)
      size += text.length
    },
    take(): string {
      const text = lines.join('')
      lines = []
      size = 0
      return text
    },
  }
}

/** An output that is bounded and never waits, over one that may. */
export const boundedOutput = ({ isTTY, writeText, writeNow }: Sink): LogOutput => {
  const backlog = createBacklog()
  const state = { writing: '', unsaid: 0, total: 0, gone: false }
  let retry: NodeJS.Timeout | undefined
  let said: (dropped: number) => void = () => undefined
  const idle: (() => void)[] = []

  const drop = (text: string): void => {
    state.unsaid += linesIn(text)
    state.total += linesIn(text)
  }
  const settle = (): void => {
    if (state.gone || (state.writing === '' && backlog.size() === 0)) for (const resolve of idle.splice(0)) resolve()
  }
  const next = (): void => {
    if (state.writing !== '' || backlog.size() === 0 || retry !== undefined || state.gone) return
    state.writing = backlog.take()
    writeText(state.writing, finish)
  }
  const fail = (error: NodeJS.ErrnoException): void => {
    state.gone ||= isGone(error)
    if (state.gone) {
      drop(backlog.take())
      return
    }
    retry ??= setTimeout(() => {
      retry = undefined
      next()
    }, bounds.retryMs).unref()
  }
  const finish: Parameters<WriteText>[1] = (error, rest) => {
    state.writing = ''
    if (rest !== '') backlog.putBack(rest)
    if (error !== null) fail(error)
    else if (backlog.size() > 0) next()
    else if (state.unsaid > 0) {
      const dropped = state.unsaid
      state.unsaid = 0
      said(dropped)
    }
    settle()
  }
  process.once('exit', () => {
    if (!state.gone && retry === undefined) writeNow(backlog.take())
  })
  return {
    isTTY,
    write(lines) {
      if (state.gone || backlog.size() + state.writing.length + lines.length > bounds.maxWaiting) {
        drop(lines)
        return
      }
      backlog.add(lines)
      next()
    },
    dropped: () => state.total,
    onRecovery(call) {
      said = call
    },
    flush: (ms) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms)
        idle.push(() => {
          clearTimeout(timer)
          resolve()
        })
        settle()
      }),
  }
}

/** Standard output is a file or a device where Node gives it no handle. */
export const standardOutput = (): LogOutput => {
  const stream: Stream = process.stdout
  return boundedOutput(stream._handle === undefined ? fileSink(1) : streamSink(stream))
}
