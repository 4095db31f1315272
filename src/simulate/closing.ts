// What became of a fleet, in two sentences for people: how many devices were updated and what the others did, and what to do next. Pure.

import type { UnitSummary } from './output-lines.ts'
import type { UnitOutcome } from './unit.ts'

/** Of one that was offered an update and does not run it now. */
const whys: Readonly<Partial<Record<UnitOutcome, string>>> = {
  failed: 'reported a failure',
  declined: 'declined the update',
  'kept-old': 'kept the old version',
  'wrong-version': 'reported another version',
  silent: 'did nothing',
  dropped: 'went away',
  interrupted: 'interrupted',
}

/** Of one that has not failed. */
const others: Readonly<Partial<Record<UnitOutcome, string>>> = {
  updating: 'still updating',
  waiting: 'not offered an update',
  refused: 'refused by the broker',
  unreachable: 'without a connection to the broker',
}

const countBy = (units: readonly UnitSummary[], words: Readonly<Partial<Record<UnitOutcome, string>>>): readonly string[] =>
  (Object.keys(words) as UnitOutcome[]).flatMap((outcome) => {
    const found = units.filter((unit) => unit.outcome === outcome)
    const faults = [...new Set(found.flatMap(({ fault }) => fault ?? []))]
    const why = faults.length === 0 || words === others ? '' : ` [${faults.join(', ')}]`
    return found.length === 0 ? [] : [`${found.length} ${words[outcome]}${why}`]
  })

const happened = (units: readonly UnitSummary[], failed: readonly UnitSummary[]): string => {
  const updated = units.filter(({ outcome }) => outcome === 'updated').length
  const why = failed.length === 0 ? '' : ` (${countBy(failed, whys).join('; ')})`
  const parts = [`${updated} updated`, `${failed.length} failed${why}`, ...countBy(units, others)]
  return `${units.length} ${units.length === 1 ? 'device' : 'devices'}: ${parts.join(', ')}.`
}

const nextStep = (units: readonly UnitSummary[], failed: readonly UnitSummary[]): string => {
  const [first] = failed
  if (first !== undefined)
    return `See what the server recorded with \`fogbell device list --failed\`, and one device with \`fogbell device show ${first.device}\`.`
  const shut = units.find(({ outcome }) => outcome === 'refused' || outcome === 'unreachable')
  if (shut !== undefined) return `See why with \`fogbell device why ${shut.device}\` and \`fogbell doctor\`.`
  if (units.some(({ outcome }) => outcome === 'updating')) return 'Run the same command again: they continue.'
  const waiting = units.find(({ outcome }) => outcome === 'waiting')
  if (waiting === undefined) return 'See the result with `fogbell campaign list`.'
  const product = waiting.device.slice(0, waiting.device.indexOf('/'))
  return `Offer them an update with \`fogbell push FILE --product ${product} --version VERSION\`, or see why one waits with \`fogbell device why ${waiting.device}\`.`
}

/** Empty: there was no device. */
export const closingText = (units: readonly UnitSummary[]): string => {
  const failed = units.filter(({ outcome }) => whys[outcome] !== undefined)
  return units.length === 0 ? '' : `${happened(units, failed)} ${nextStep(units, failed)}`
}
