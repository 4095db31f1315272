// Events as the text of server-sent events, without their id. Each text is made once for all who are sent it at the same time. Knows no stream.

import type { Operators } from '../ota/ports/operators.ts'
import { connectionSentence } from '../ota/rules/connection-sentence.ts'
import type { Language } from '../sentences/sentence.ts'
import type { StationEvent } from '../station/ports.ts'
import type { Run } from '../station/run-model.ts'
import { campaignView } from './campaign-view.ts'
import type { EventEntry } from './event-ring.ts'
import { isoTime } from './iso-time.ts'
import { sayIn } from './language.ts'
import { runView } from './run-views.ts'
import { saidView } from './sentence-views.ts'
import { taskView } from './views.ts'

interface TextContext {
  readonly operators: Pick<Operators, 'reads' | 'campaigns' | 'tasks'>
  /** The core's clock. */
  readonly now: () => number
  /** Runs only by their state. */
  readonly isBrief?: boolean
}

/** The text of an event but for its id. */
export type EventTexts = (entry: EventEntry, language: Language) => string

/** JSON holds no line ends, so one data line is enough. */
const textOf = (event: string, data: object): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`

/** A campaign as it is now. */
const campaignText = ({ operators, now }: TextContext, id: number, at: number, language: Language): string => {
  const campaign = operators.reads.campaign(id)
  if (campaign === undefined) return textOf('removed', { campaign: String(id), at: isoTime(at) })
  return textOf('campaign', sayIn(language, campaignView(operators, campaign, now())))
}

/** A page is sent only what has changed of which run: the runs that it shows it reads itself. */
const briefRun = ({ id, station, slot, serial, state, outcome }: Run, at: number) => ({
  run: String(id),
  station,
  slot,
  serial,
  state,
  outcome,
  at: isoTime(at),
})

const stationText = (context: TextContext, event: StationEvent, at: number, language: Language): string => {
  if (event.type === 'station')
    return textOf('station', { station: event.station, ...(event.removed === true && { removed: true }), at: isoTime(at) })
  if (event.type === 'run') return textOf('run', context.isBrief === true ? briefRun(event.run, at) : sayIn(language, runView(event.run)))
  const { station, slot, text, reason, said } = event
  return textOf('scan', sayIn(language, { station, slot, scanned: text, reason, ...saidView(said), at: isoTime(at) }))
}

const entryText = (context: TextContext, { at, event }: EventEntry, language: Language): string => {
  if (event.type === 'run' || event.type === 'scan' || event.type === 'station') return stationText(context, event, at, language)
  if (event.type === 'task') return textOf('task', sayIn(language, taskView(context.operators, event.task)))
  if (event.type === 'campaign') return campaignText(context, event.campaign, at, language)
  const { type, ...rest } = event
  const said = type === 'device' && event.what === 'refused' ? saidView(connectionSentence(event)) : {}
  return textOf(type, sayIn(language, { ...rest, ...said, at: isoTime(at) }))
}

/** Texts of one moment: what they show may have changed later, so they are not to be kept for long. */
export const createTexts = (context: TextContext): EventTexts => {
  const all = new Map<Language, Map<EventEntry | number, string>>()
  return (entry, language) => {
    const texts = all.get(language) ?? new Map<EventEntry | number, string>()
    all.set(language, texts)
    const key = entry.event.type === 'campaign' ? entry.event.campaign : entry
    const known = texts.get(key)
    if (known !== undefined) return known
    const text = entryText(context, entry, language)
    texts.set(key, text)
    return text
  }
}

/** Texts that live for a turn of the event loop: all streams that are written in it share them. `later`: as setImmediate. */
export const createTurnTexts = (context: TextContext, later: (work: () => void) => void = setImmediate): EventTexts => {
  let texts: EventTexts | undefined
  const forget = (): void => {
    texts = undefined
  }
  return (entry, language) => {
    if (texts === undefined) later(forget)
    texts ??= createTexts(context)
    return texts(entry, language)
  }
}
