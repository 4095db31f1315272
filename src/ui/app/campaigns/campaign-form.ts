// A campaign as the texts of a form, by the paths of the API, and as the body of a request. Pure.

import type { Campaign } from '../../api/records.d.ts'
import type { Values } from '../../parts/draft.ts'
import { devicesIn, linesIn, numberIn, secondsIn, secondsText, timeIn, timeText, wordsIn } from './typed-values.ts'

export type TypedCampaign = Readonly<Record<string, unknown>>

export const emptyForm: Values = {
  'target.kind': 'all',
  'phases.n': '0',
  'abort.mode': 'default',
  'abort.n': '0',
  'schedule.windows.n': '0',
  push: 'true',
}

type Fields = Readonly<Record<string, unknown>>

/** Without what was not given. */
const given = (fields: Fields): Fields => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
const isEmpty = (value: unknown): boolean =>
  value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
const filled = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list)

export const countIn = (values: Values, path: string): number => Number(values[`${path}.n`] ?? 0)

const rowsIn = <T>(values: Values, path: string, read: (at: string, index: number) => T): readonly T[] =>
  Array.from({ length: countIn(values, path) }, (_, index) => read(`${path}[${index}]`, index))

const reader = (values: Values) => {
  const of = (path: string): string => values[path] ?? ''
  return {
    of,
    number: (path: string) => numberIn(of(path)),
    seconds: (path: string) => secondsIn(of(path)),
    text: (path: string) => (of(path).trim() === '' ? undefined : of(path).trim()),
    flag: (path: string) => (of(path) === 'true' ? true : undefined),
  }
}

type Reader = ReturnType<typeof reader>

export const sizeNames = ['percent', 'count', 'tag'] as const
export type SizeName = (typeof sizeNames)[number]
export const sizeNameOf = (values: Values, at: string): SizeName => sizeNames.find((name) => name === values[`${at}.by`]) ?? 'percent'

const targetIn = (values: Values, { of, flag }: Reader, product: string): Fields =>
  given({
    ...(of('target.kind') === 'some'
      ? { tags: filled(wordsIn(of('target.tags'))), devices: filled(devicesIn(of('target.devices'), product)) }
      : {}),
    from: filled(linesIn(values['target.from'] ?? '')),
    exclude: filled(devicesIn(of('target.exclude'), product)),
    continuous: flag('target.continuous'),
  })

/** How many a phase by count adds to the one before it: all of them must have finished where nothing else is typed. */
export const countedIn = (values: Values, index: number): number | undefined => {
  const countOf = (at: string): number => (sizeNameOf(values, at) === 'count' ? Number(values[`${at}.count`]?.trim() || Number.NaN) : 0)
  const added = countOf(`phases[${index}]`) - (index === 0 ? 0 : countOf(`phases[${index - 1}]`))
  return Number.isInteger(added) && added > 0 ? added : undefined
}

const phaseIn = (values: Values, read: Reader, at: string, index: number): Fields => {
  const by = sizeNameOf(values, at)
  return given({
    [by]: by === 'tag' ? read.of(`${at}.tag`).trim() : read.number(`${at}.${by}`),
    successPercent: read.number(`${at}.successPercent`),
    minFinished: read.number(`${at}.minFinished`) ?? countedIn(values, index),
    soakSeconds: read.seconds(`${at}.soakSeconds`),
    ...onwardOf(read.of(`${at}.then`) === 'wait'),
  })
}

/** The API's name of it would make a promise of an object that is written down with it. */
const onwardOf = (waits: boolean): Fields => Object.fromEntries(waits ? [['then', 'wait']] : [])

const abortIn = (values: Values, read: Reader): readonly Fields[] | undefined => {
  if (read.of('abort.mode') === 'default') return undefined
  if (read.of('abort.mode') === 'none') return []
  return rowsIn(values, 'abort', (at) =>
    given({
      on: read.text(`${at}.on`),
      percent: read.number(`${at}.percent`),
      minFinished: read.number(`${at}.minFinished`),
      action: read.text(`${at}.action`),
    }),
  )
}

const scheduleIn = (values: Values, { of, text, number }: Reader): Fields =>
  given({
    startAt: timeIn(of('schedule.startAt')),
    endAt: timeIn(of('schedule.endAt')),
    windows: filled(
      rowsIn(values, 'schedule.windows', (at) =>
        given({ cron: of(`${at}.cron`).trim(), minutes: number(`${at}.minutes`) ?? '', timeZone: text(`${at}.timeZone`) }),
      ),
    ),
  })

/** All of it, as for a change of a draft, where what is left out would stay. */
export const wholeBody = (values: Values, product: string): TypedCampaign => {
  const read = reader(values)
  return given({
    firmware: read.text('firmware'),
    name: read.text('name'),
    target: targetIn(values, read, product),
    phases: rowsIn(values, 'phases', (at, index) => phaseIn(values, read, at, index)),
    abort: abortIn(values, read),
    rate: given({ perMinute: read.number('rate.perMinute'), maxInProgress: read.number('rate.maxInProgress') }),
    schedule: scheduleIn(values, read),
    timeouts: given({
      noResponseSeconds: read.seconds('timeouts.noResponseSeconds'),
      upgradeSeconds: read.seconds('timeouts.upgradeSeconds'),
      stallSeconds: read.seconds('timeouts.stallSeconds'),
    }),
    retry: given({
      max: read.number('retry.max'),
      delaySeconds: read.seconds('retry.delaySeconds'),
      onTimeout: read.flag('retry.onTimeout'),
    }),
    overwrite: read.of('overwrite') === 'true',
    push: read.of('push') === 'true',
    reflash: read.of('reflash') === 'true',
  })
}

const isDefault = ([name, value]: readonly [string, unknown]): boolean =>
  name === 'push' ? value === true : value === false || (name !== 'abort' && isEmpty(value))

/** Without what is as if it were left out: for a new campaign, and for people to read. */
export const campaignBody = (values: Values, product: string): TypedCampaign =>
  Object.fromEntries(Object.entries(wholeBody(values, product)).filter((field) => !isDefault(field)))

/** Whether the server adds a last phase of all that are left. */
export const hasRest = (values: Values): boolean => {
  const last = countIn(values, 'phases') - 1
  return last >= 0 && !(sizeNameOf(values, `phases[${last}]`) === 'percent' && Number(values[`phases[${last}].percent`]) === 100)
}

/** The phases that somebody must open, counted from 1. */
export const phasesToOpen = (values: Values): readonly number[] => {
  const all = countIn(values, 'phases') + (hasRest(values) ? 1 : 0)
  return rowsIn(values, 'phases', (at, index) => (values[`${at}.then`] === 'wait' ? index + 2 : 0)).filter(
    (phase) => phase > 0 && phase <= all,
  )
}

type CampaignPhase = Campaign['phases'][number]

/** The one that the server adds: all targets that are in no other. */
const isRest = ({ percent, successPercent, minFinished, soakSeconds, then: onward }: CampaignPhase): boolean =>
  percent === 100 && successPercent === 100 && minFinished === 1 && soakSeconds === 0 && onward === 'next'

const phaseTexts = (phase: CampaignPhase, at: string): Values => {
  const by: SizeName = phase.tag === undefined ? (phase.count === undefined ? 'percent' : 'count') : 'tag'
  return {
    [`${at}.by`]: by,
    [`${at}.${by}`]: String(phase[by] ?? ''),
    [`${at}.successPercent`]: String(phase.successPercent),
    [`${at}.minFinished`]: String(phase.minFinished),
    [`${at}.soakSeconds`]: phase.soakSeconds === 0 ? '' : secondsText(phase.soakSeconds),
    [`${at}.then`]: phase.then === 'wait' ? 'wait' : '',
  }
}

const merged = (rows: readonly Values[]): Values => Object.assign({}, ...rows) as Values

/** The usual rule has grown with the devices once the campaign has begun. */
const abortTexts = ({ abort, status }: Campaign): Values => {
  const [only] = abort
  const isUsual =
    abort.length === 1 &&
    only?.on === 'any' &&
    only.percent === 20 &&
    (only.minFinished === 5 || status !== 'draft') &&
    only.action === 'pause'
  return {
    'abort.mode': isUsual ? 'default' : abort.length === 0 ? 'none' : 'own',
    'abort.n': String(isUsual ? 0 : abort.length),
    ...merged(
      abort.map(({ on, percent, minFinished, action }, at) => ({
        [`abort[${at}].on`]: on,
        [`abort[${at}].percent`]: String(percent),
        [`abort[${at}].minFinished`]: String(minFinished),
        [`abort[${at}].action`]: action,
      })),
    ),
  }
}

const scheduleTexts = ({ startAt, endAt, windows }: Campaign['schedule']): Values => ({
  'schedule.startAt': timeText(startAt),
  'schedule.endAt': timeText(endAt),
  'schedule.windows.n': String(windows.length),
  ...merged(
    windows.map(({ cron, minutes, timeZone }, at) => ({
      [`schedule.windows[${at}].cron`]: cron,
      [`schedule.windows[${at}].minutes`]: String(minutes),
      [`schedule.windows[${at}].timeZone`]: timeZone ?? '',
    })),
  ),
})

const flagText = (value: boolean): string => (value ? 'true' : '')

/** The form of a campaign that is there. */
export const formOf = (campaign: Campaign): Values => {
  const { target, phases, rate, timeouts, retry } = campaign
  const own = phases.filter((phase, at) => !(at === phases.length - 1 && isRest(phase)))
  return {
    ...emptyForm,
    firmware: campaign.firmware,
    name: campaign.name,
    'target.kind': target.devices.length + target.tags.length > 0 ? 'some' : 'all',
    'target.devices': target.devices.join('\n'),
    'target.tags': target.tags.join(' '),
    'target.from': target.from.join('\n'),
    'target.exclude': target.exclude.join('\n'),
    'target.continuous': flagText(target.continuous),
    'phases.n': String(own.length),
    ...merged(own.map((phase, at) => phaseTexts(phase, `phases[${at}]`))),
    ...abortTexts(campaign),
    'rate.perMinute': String(rate.perMinute),
    'rate.maxInProgress': String(rate.maxInProgress),
    ...scheduleTexts(campaign.schedule),
    'timeouts.noResponseSeconds': secondsText(timeouts.noResponseSeconds),
    'timeouts.upgradeSeconds': secondsText(timeouts.upgradeSeconds),
    'timeouts.stallSeconds': secondsText(timeouts.stallSeconds),
    'retry.max': String(retry.max),
    'retry.delaySeconds': secondsText(retry.delaySeconds),
    'retry.onTimeout': flagText(retry.onTimeout),
    overwrite: flagText(campaign.overwrite),
    push: flagText(campaign.push),
    reflash: flagText(campaign.reflash),
  }
}

/** The texts with two rows of a list in each other's place. */
export const swapped = (values: Values, path: string, one: number, other: number): Values => {
  const first = `${path}[${one}].`
  const second = `${path}[${other}].`
  const moved: Record<string, string> = {}
  for (const [name, value] of Object.entries(values)) {
    if (name.startsWith(first)) moved[second + name.slice(first.length)] = value
    if (name.startsWith(second)) moved[first + name.slice(second.length)] = value
  }
  const gone = Object.keys(values).filter((name) => name.startsWith(first) || name.startsWith(second))
  return { ...Object.fromEntries(gone.map((name) => [name, ''])), ...moved }
}

/** The texts after a row of a list was taken out. */
export const without = (values: Values, path: string, at: number): Values => {
  const count = countIn(values, path)
  let next = values
  for (let index = at; index < count - 1; index += 1) next = { ...next, ...swapped(next, path, index, index + 1) }
  const last = `${path}[${count - 1}].`
  const emptied = Object.fromEntries(
    Object.keys(next)
      .filter((name) => name.startsWith(last))
      .map((name) => [name, '']),
  )
  return { ...next, ...emptied, [`${path}.n`]: String(Math.max(0, count - 1)) }
}
