// fogbell station watch: the screen of a test station in a terminal. It asks the server again and again, so that a lost one is seen within
// three seconds, and at once when an event says that something has changed; what a scanner types is sent as a scan.

import type { Command } from 'commander'
import { readEvents } from '../sse-reader.ts'
import { addCommand, type Call, type Cli } from './command.ts'
import { statusOf } from './io.ts'
import { problemOf } from './problem-text.ts'
import { createScannerKeys } from './scanner-keys.ts'
import { createStationDisplay, type StationDisplay } from './station-display.ts'
import { stationArgument, stationPath } from './station-path.ts'
import type { RunRecord, ScannedRecord, ScreenRecord } from './station-records.ts'
import { type ScanNote, slotFace } from './station-screen-lines.ts'
import { wordsOf } from './station-words.ts'
import { interruptible } from './watch.ts'

/** Between two questions, and how long an answer may take, milliseconds: together below the three seconds. */
const askEvery = 800
const answerWithin = 1_900
/** A scan may wait for an MES. */
const scanWithin = 10_000
const listenAgain = 1_000

interface Station {
  readonly call: Call
  readonly id: string
  readonly display: StationDisplay
  view: ScreenRecord | null
  note: ScanNote | null
  lost: string | null
  typed: string
  /** Ends the wait for the next question. */
  wake: () => void
}

const show = (station: Station): void => {
  const { display, view, note, lost, typed } = station
  display.show({ view, note, lost, typed })
}

/** What it says is in the language of the station, which the first answer names. */
const look = async (station: Station): Promise<void> => {
  const { call, id, view } = station
  const language = view?.language
  const asking = { limitMs: answerWithin, ...(language !== undefined && { language }) }
  const seen = await call.client.get<ScreenRecord>(stationPath(id), {}, asking)
  if (language !== seen.language && seen.language !== 'en') {
    station.view = seen
    return look(station)
  }
  station.view = seen
  station.lost = null
}

const isGone = (code: string): boolean => ['OTA_STATION_UNKNOWN', 'OTA_UNAUTHORIZED', 'OTA_FORBIDDEN'].includes(code)

const poll = async (station: Station, signal: AbortSignal): Promise<void> => {
  const { io } = station.call
  while (!signal.aborted) {
    const pause = new AbortController()
    station.wake = () => pause.abort()
    await look(station).catch((thrown: unknown) => {
      const { code, detail } = problemOf(thrown)
      if (isGone(code)) throw thrown
      station.lost = detail
    })
    show(station)
    await io.sleep(askEvery, AbortSignal.any([pause.signal, signal]))
  }
}

/** Events only wake the question: what is shown is what the server answers. */
const listen = async (station: Station, signal: AbortSignal): Promise<void> => {
  const { client, io } = station.call
  while (!signal.aborted) {
    try {
      const { body } = await client.events({ station: station.id }, null, signal)
      if (body !== null) for await (const { data } of readEvents(body)) if (data !== null) station.wake()
    } catch {
      // The question says that the server is lost.
    }
    await io.sleep(listenAgain, signal)
  }
}

const answerOf = (answer: RunRecord | ScannedRecord): ScanNote | null =>
  'kind' in answer && answer.kind === 'command' && answer.text !== null ? { tone: 'done', text: answer.text } : null

const scan = async (station: Station, text: string): Promise<void> => {
  const { call, id, view, display } = station
  const language = view?.language ?? 'en'
  try {
    const answer = await call.client.send<RunRecord | ScannedRecord>(
      'POST',
      `${stationPath(id)}/scan`,
      { text },
      {},
      { limitMs: scanWithin, language },
    )
    station.note = answerOf(answer)
    display.scanned(text, answer)
  } catch (thrown) {
    const problem = problemOf(thrown)
    const isTaken = problem.code !== 'OTA_UNREACHABLE'
    station.note = isTaken ? { tone: 'refused', text: problem.detail } : { tone: 'untaken', text: wordsOf(language).notTaken }
    display.refused(text, problem, station.note)
  }
  station.wake()
  show(station)
}

/** Enter alone says that a result was seen. */
const codeOf = ({ view }: Station, text: string): string | null => {
  if (text !== '') return text
  const mustBeSeen = view?.slotViews.some((slot) => slotFace(slot, view).mustBeSeen) === true
  return mustBeSeen ? 'FB:OK' : null
}

/** One scan after the other, in the order in which they were typed. */
const createScans = (station: Station): ((text: string) => void) => {
  let last: Promise<void> = Promise.resolve()
  return (text) => {
    last = last.then(async () => {
      const code = codeOf(station, text)
      if (code !== null) await scan(station, code)
    })
  }
}

const read = (station: Station, quit: () => void): (() => void) => {
  const { stdin } = station.call.io
  const keys = createScannerKeys({ code: createScans(station), quit })
  const take = (text: string | Buffer): void => {
    keys.press(String(text))
    station.typed = keys.typed()
    show(station)
  }
  stdin.setEncoding('utf8')
  if (stdin.isTTY === true) stdin.setRawMode?.(true)
  stdin.on('data', take)
  stdin.resume()
  return () => {
    stdin.off('data', take)
    if (stdin.isTTY === true) stdin.setRawMode?.(false)
    stdin.pause()
  }
}

const watchStation = (call: Call, id: string): Promise<number> =>
  interruptible(
    call,
    async (signal) => {
      const display = createStationDisplay(call)
      const station: Station = { call, id, display, view: null, note: null, lost: null, typed: '', wake: () => undefined }
      // A station that is not there, or a server, is refused before anything is drawn.
      await look(station)
      display.begin()
      const quit = new AbortController()
      const ends = AbortSignal.any([signal, quit.signal])
      const release = read(station, () => quit.abort())
      signal.addEventListener('abort', () => end(), { once: true })
      const end = (): void => {
        release()
        display.end()
      }
      try {
        void listen(station, ends)
        await poll(station, ends)
        return statusOf('SIGINT')
      } finally {
        quit.abort()
        end()
      }
    },
    () => undefined,
  )

/** Adds `fogbell station watch`. */
export const addStationWatch = (cli: Cli, noun: Command): void => {
  const summary = 'Show the screen of a station in the terminal: a scanner types into it, each code with Enter or Tab. Ctrl-C stops.'
  addCommand(cli, noun, stationArgument, 'watch', summary, watchStation)
}
