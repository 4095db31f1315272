// The birth certificate of a unit as a page to print: HTML of its own, without scripts, in one language. Whatever comes from devices and people
// is escaped.

import { createHash } from 'node:crypto'
import { type Language, type Sentence, say, sentence } from '../sentences/sentence.ts'
import { isoTime } from './iso-time.ts'
import type { MeasurementJson, RunJson, RunStepJson } from './run-schemas.ts'
import type { BirthCertificateJson } from './station-schemas.ts'

const style = `
@page { size: A4; margin: 15mm }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 180mm; padding: 8mm 0; font: 10pt/1.4 system-ui, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; color: #000; background: #fff }
h1 { font-size: 18pt; line-height: 1.2; margin: 0 0 4mm }
h2 { font-size: 13pt; margin: 8mm 0 2mm; border-bottom: 1.5pt solid #000; break-after: avoid }
h3 { font-size: 11pt; margin: 5mm 0 1mm; break-after: avoid }
h1, h2, h3, td, dd { overflow-wrap: anywhere }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.5mm 4mm; margin: 0 }
dt { color: #333 }
dd { margin: 0 }
table { width: 100%; border-collapse: collapse; margin: 2mm 0 }
th, td { text-align: left; vertical-align: top; padding: 0.7mm 2mm 0.7mm 0; border-bottom: 0.5pt solid #999 }
tr { break-inside: avoid }
code { font: 8.5pt/1.4 ui-monospace, monospace; overflow-wrap: anywhere }
.bad { font-weight: bold }
footer { margin-top: 8mm; border-top: 0.5pt solid #999; padding-top: 1mm; font-size: 8pt; color: #333 }
@media print { body { padding: 0; max-width: none } }
`

const styleDigest = createHash('sha256').update(style).digest('base64')

/** Nothing but its own style may have an effect. */
export const certificateHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleDigest}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
} as const

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
/** Marks of direction would turn the text around them. */
const isolated = (text: string): string => text.replace(/[\u202a-\u202e\u2066-\u2069\u200e\u200f]/g, '\ufffd')
const escaped = (text: string): string => isolated(text).replace(/[&<>"']/g, (each) => entities[each] ?? '')

/** A sentence of ours, with what it was given escaped. */
type Words = (said: Sentence) => string

/** `2026-11-29 10:04:18 UTC` */
const timeText = (iso: string): string => `${iso.slice(0, 19).replace('T', ' ')} UTC`

const outcomeSentences = {
  passed: sentence('unit_page_passed'),
  failed: sentence('unit_page_failed'),
  error: sentence('unit_page_error'),
  aborted: sentence('unit_page_aborted'),
  skipped: sentence('unit_page_skipped'),
} as const
type Outcome = keyof typeof outcomeSentences

const isBad = (outcome: Outcome | null): boolean => outcome === 'failed' || outcome === 'error' || outcome === 'aborted'

const outcomeHtml = (words: Words, outcome: Outcome | null): string => {
  const text = words(outcome === null ? sentence('unit_page_open') : outcomeSentences[outcome])
  if (isBad(outcome)) return `<span class="bad">✕ ${text}</span>`
  return outcome === 'passed' ? `✓ ${text}` : text
}

/** Values are HTML; what is null is left out. */
const facts = (rows: readonly (readonly [name: string, value: string | null])[]): string =>
  `<dl>${rows.map(([name, value]) => (value === null ? '' : `<dt>${name}</dt><dd>${value}</dd>`)).join('')}</dl>`

/** Cells are HTML. */
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  if (rows.length === 0) return ''
  const line = (cells: readonly string[], tag: string): string => `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`
  return `<table><thead>${line(head, 'th')}</thead><tbody>${rows.map((row) => line(row, 'td')).join('')}</tbody></table>`
}

const textOrNull = (text: string | null): string | null => (text === null ? null : escaped(text))

const limitHtml = (words: Words, { low, high, equals }: MeasurementJson): string => {
  if (equals !== null) return escaped(String(equals))
  if (low !== null && high !== null) return words(sentence('unit_page_range', { low, high }))
  if (low !== null) return words(sentence('unit_page_at_least', { low }))
  return high === null ? '' : words(sentence('unit_page_at_most', { high }))
}

/** Without what binary fractions add to decimal ones. */
const valueText = (value: MeasurementJson['value']): string => String(typeof value === 'number' ? Number(value.toPrecision(12)) : value)

const measurementsHtml = (words: Words, steps: readonly RunStepJson[]): string =>
  table(
    [
      words(sentence('unit_page_measurement')),
      words(sentence('unit_page_measured')),
      words(sentence('unit_page_allowed')),
      words(sentence('unit_page_result')),
    ],
    steps
      .flatMap(({ measurements }) => measurements)
      .map((one) => [
        escaped(one.name),
        escaped(`${valueText(one.value)}${one.unit === null ? '' : ` ${one.unit}`}`),
        limitHtml(words, one),
        one.outcome === null ? '' : outcomeHtml(words, one.outcome),
      ]),
  )

const stepsHtml = (words: Words, steps: readonly RunStepJson[]): string =>
  table(
    [words(sentence('unit_page_steps')), words(sentence('unit_page_time')), words(sentence('unit_page_result'))],
    steps.map(({ name, startedAt, outcome, text }) => [
      words(sentence('unit_page_step', { name })),
      timeText(startedAt),
      `${outcomeHtml(words, outcome)}${text === null ? '' : `<br>${escaped(text)}`}`,
    ]),
  )

type Firmware = BirthCertificateJson['firmware'][number]

const firmwareHtml = (words: Words, firmware: readonly Firmware[]): string =>
  table(
    [words(sentence('unit_page_firmware')), words(sentence('unit_page_version')), words(sentence('unit_page_image')), 'SHA-256'],
    firmware.map(({ module, version, sha256, state }) => [
      escaped(module),
      escaped(version),
      words(sentence('unit_page_image_state', { state })),
      `<code>${escaped(sha256)}</code>`,
    ]),
  )

const versionsHtml = (versions: RunJson['versionAfter']): string | null => {
  const texts = Object.entries(versions).map(([module, version]) => `${module} ${version}`)
  return texts.length === 0 ? null : escaped(texts.join(', '))
}

const runFacts = (words: Words, run: RunJson): string => {
  const { station, slot, procedure, rev, attempt, reference } = run
  return facts([
    [words(sentence('unit_page_time')), `${timeText(run.scannedAt)}${run.endedAt === null ? '' : ` – ${timeText(run.endedAt)}`}`],
    [words(sentence('unit_page_result')), textOrNull(run.text)],
    [words(sentence('unit_page_station')), words(sentence('unit_page_station_slot', { station, slot }))],
    [words(sentence('unit_page_operator')), textOrNull(run.operator)],
    [words(sentence('unit_page_order')), textOrNull(run.workOrder)],
    [words(sentence('unit_page_procedure')), words(sentence('unit_page_revision', { procedure, rev }))],
    [words(sentence('unit_page_attempt')), String(attempt)],
    [words(sentence('unit_page_board')), textOrNull(run.device)],
    [words(sentence('unit_page_version')), versionsHtml(run.versionAfter)],
    [words(sentence('unit_page_reason')), textOrNull(run.reason)],
    [words(sentence('unit_page_kind')), reference === null ? null : words(sentence('unit_page_reference', { kind: reference }))],
  ])
}

const runHtml = (words: Words, run: RunJson, firmware: readonly Firmware[]): string => {
  const head = `${words(sentence('unit_page_run', { run: run.id }))} · ${escaped(run.process)} · ${outcomeHtml(words, run.outcome)}`
  const tables = [firmwareHtml(words, firmware), stepsHtml(words, run.steps), measurementsHtml(words, run.steps)]
  return `<section><h3>${head}</h3>${runFacts(words, run)}${tables.join('')}</section>`
}

const unitFacts = (words: Words, { unit, runs }: BirthCertificateJson): string =>
  facts([
    [words(sentence('unit_page_product')), escaped(unit.product)],
    [words(sentence('unit_page_serial')), escaped(unit.serial)],
    [words(sentence('unit_page_board')), textOrNull(unit.device)],
    [words(sentence('unit_page_bound')), unit.boundAt === null ? null : timeText(unit.boundAt)],
    [words(sentence('unit_page_runs')), String(runs.length)],
    ...Object.entries(unit.processes).map(([process, { outcome, passedAt }]): readonly [string, string] => [
      escaped(process),
      `${outcomeHtml(words, outcome)}${passedAt === null ? '' : ` · ${timeText(passedAt)}`}`,
    ]),
  ])

const historyHtml = (words: Words, { released, replaced }: BirthCertificateJson['unit']): string => {
  const reason = words(sentence('unit_page_reason'))
  const [time, by] = [words(sentence('unit_page_time')), words(sentence('unit_page_by'))]
  const releases = released.map(({ at, by: who, process, reason: why }) => [
    timeText(at),
    escaped(process ?? ''),
    escaped(why),
    escaped(who),
  ])
  const boards = replaced.map(({ device, at, by: who, reason: why }) => [timeText(at), escaped(device), escaped(why), escaped(who)])
  const under = (said: Sentence, html: string): string => (html === '' ? '' : `<h2>${words(said)}</h2>${html}`)
  return [
    under(sentence('unit_page_releases'), table([time, words(sentence('unit_page_process')), reason, by], releases)),
    under(sentence('unit_page_replaced'), table([time, words(sentence('unit_page_board')), reason, by], boards)),
  ].join('')
}

/** `certificate`: in that language. `now`: when it is made. */
export const certificateHtml = (certificate: BirthCertificateJson, language: Language, now: number): string => {
  const words: Words = (said) => escaped(say(said, language))
  const { unit, runs, firmware } = certificate
  const title = words(sentence('unit_page_title', { serial: unit.serial }))
  const runsHtml = runs.map((run) =>
    runHtml(
      words,
      run,
      firmware.filter((one) => one.run === run.id),
    ),
  )
  return `<!doctype html>
<html lang="${language.tag}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${style}</style></head>
<body><h1>${title}</h1>${unitFacts(words, certificate)}
<h2>${words(sentence('unit_page_runs'))}</h2>
${runsHtml.join('\n')}
${historyHtml(words, unit)}
<footer>${words(sentence('unit_page_made', { at: timeText(isoTime(now)) }))}</footer></body>
</html>
`
}
