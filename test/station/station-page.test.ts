// docs/station.md says what the server does: its codes in both languages, its times, how yield is counted, and what a label can have.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { inChinese } from '../../src/sentences/chinese.ts'
import { stationSentences } from '../../src/sentences/english-station.ts'
import { say } from '../../src/sentences/sentence.ts'
import type { FigureKey, YieldFigures } from '../../src/station/figure-model.ts'
import { codeSentence, outcomeOf } from '../../src/station/rules/codes.ts'
import { addFigures, noFigures } from '../../src/station/rules/figures.ts'
import { newProcedure } from '../../src/station/rules/procedure.ts'
import { identifySeconds } from '../../src/station/rules/run-clock.ts'
import { commandCodes, readScan } from '../../src/station/rules/scan.ts'
import { mostMeasurements, mostSelfTestBytes, readSelfTest } from '../../src/station/rules/self-test-message.ts'
import { countRun, isCounted } from '../../src/station/rules/yield.ts'
import { labelFields } from '../../src/station/rules/zpl.ts'
import { type RefusalCode, type Run, type RunCode, refusalCodes, runCodes, runStates } from '../../src/station/run-model.ts'
import type { UnitProcess } from '../../src/station/station-model.ts'
import { sampleOfCodes } from '../support/station-code-samples.ts'
import { sampleRun } from '../support/station-samples.ts'

const pages = ['station.md', 'zh/station.md'] as const
const textOf = (page: string): string => readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8')

/** The cells of all rows of tables, without what is around them. */
const rowsOf = (page: string): readonly (readonly string[])[] =>
  textOf(page)
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    )

// ---------------------------------------------------------------- codes

type Code = RunCode | RefusalCode

const codes: readonly Code[] = [...new Set<Code>([...runCodes, ...refusalCodes])]
const isOf = <C extends string>(list: readonly C[], code: string): code is C => list.some((each) => each === code)

/** In the words of each page. */
const outcomeWords = {
  'station.md': { passed: 'passed', failed: 'failed', error: 'error', aborted: 'aborted', refused: 'refused', apart: ', not counted' },
  'zh/station.md': { passed: '通过', failed: '失败', error: '出错', aborted: '已中止', refused: '拒绝扫描', apart: '，不计入' },
} as const

const outcomeCell = (page: (typeof pages)[number], code: Code): string => {
  const words = outcomeWords[page]
  const refused = isOf(refusalCodes, code) ? [words.refused] : []
  if (!isOf(runCodes, code)) return refused.join('')
  const isApart = !isCounted({ reference: null, code, outcome: outcomeOf(code), connectedAt: 1 })
  const ended = `${words[outcomeOf(code)]}${isApart ? words.apart : ''}`
  return [ended, ...refused].join(page === 'station.md' ? '; ' : '；')
}

const codeRow = (page: (typeof pages)[number], code: Code): readonly string[] => {
  const said = codeSentence(code, sampleOfCodes[code])
  return [`\`${code}\``, outcomeCell(page, code), say(said), say(said, inChinese)]
}

it.each(pages)('%s has every code, with its outcome and its text in both languages', (page) => {
  const found = rowsOf(page).filter(([cell = '', ...rest]) => rest.length === 3 && isOf(codes, cell.slice(1, -1)))
  expect(found).toEqual(codes.map((code) => codeRow(page, code)))
})

it('no sentence about a run or a refused scan is without a code', () => {
  const said = new Set(codes.map((code) => codeSentence(code, sampleOfCodes[code]).code))
  const wanted = Object.keys(stationSentences).filter((name) => /^(?:run|scan)_/.test(name))
  expect(wanted.filter((name) => ![...said].some((each) => each === name))).toEqual([])
})

// ---------------------------------------------------------------- states

const { steps, retest } = newProcedure(
  { product: 'lamp', process: 'FCT' },
  { id: 'lamp-fct', rev: 1, createdAt: 0, createdBy: 'admin', firmware: () => undefined },
)
const timeCells: Readonly<Record<(typeof runStates)[number], string>> = {
  waiting: `\`connectSeconds\` ${steps.connectSeconds}`,
  identifying: String(identifySeconds),
  updating: `\`updateSeconds\` ${steps.updateSeconds}`,
  restarting: `\`restartSeconds\` ${steps.restartSeconds}`,
  testing: `\`selfTestSeconds\` ${steps.selfTestSeconds}`,
  ended: '-',
}

it.each(pages)('%s has every state with its time, and the default number of retests', (page) => {
  const found = rowsOf(page).filter(([cell = '']) => isOf(runStates, cell.slice(1, -1)))
  expect(found.map(([state, , time]) => [state, time])).toEqual(runStates.map((state) => [`\`${state}\``, timeCells[state]]))
  expect(textOf(page)).toMatch(new RegExp(`retest\\.max\`[^\\n]*[(（]${retest.max}[)）]`))
})

// ---------------------------------------------------------------- yield

const key: FigureKey = { shift: 0, station: 'fct-1', process: 'FCT', product: 'lamp', version: '1.0', workOrder: null }
const ends: Readonly<Record<string, Partial<Run>>> = {
  P: { outcome: 'passed' },
  F: { outcome: 'failed', code: 'SELFTEST_FAILED' },
  E: { outcome: 'error', code: 'JIG_ERROR' },
  a: { outcome: 'aborted', code: 'ABORTED', connectedAt: null },
}

/** What the runs of one unit add up to, as the station counts them. */
const countUnit = (unit: string, letters: readonly string[]): YieldFigures => {
  const reference = unit === 'golden' || unit === 'bad' ? unit : null
  let process: UnitProcess | undefined
  let figures = noFigures
  for (const letter of letters) {
    const counted = countRun(process, sampleRun({ serial: unit, reference, ...ends[letter] }), key)
    process = counted.process
    for (const { change } of counted.changes) figures = addFigures(figures, change)
  }
  return figures
}

const cellsOf = ({ runs, firstPassed, finalPassed, retested, ntf }: YieldFigures): readonly string[] =>
  [runs, firstPassed, finalPassed, retested, ntf].map(String)

describe.each(pages)('the example of yield in %s', (page) => {
  const rows = rowsOf(page).filter((row) => row.length === 7)
  const units = rows.filter(([, letters = '']) => /^[PFEa](?: [PFEa])*$/.test(letters))
  const counted = units.map(([unit = '', letters = '']) => countUnit(unit, letters.split(' ')))

  it('counts each unit as a station does', () => {
    expect(units.map(([unit]) => unit)).toEqual(['U1', 'U2', 'U3', 'U4', 'U5', 'golden', 'bad'])
    expect(units.map((row) => row.slice(2))).toEqual(counted.map(cellsOf))
  })

  it('adds them up, with the percentages', () => {
    const all = counted.reduce(addFigures, noFigures)
    expect(rows.at(-1)?.slice(2)).toEqual(cellsOf(all))
    expect(rows.at(-1)?.[1]).toMatch(new RegExp(`^${all.units} `))
    const shares = [all.firstPassed, all.finalPassed, all.retested].map((part) => [part, all.units, (100 * part) / all.units])
    const found = [...textOf(page).matchAll(/(\d+) (?:of|\/) (\d+) = (\d+) %/g)].map(([, ...numbers]) => numbers.map(Number))
    expect(found).toEqual(shares)
  })
})

// ---------------------------------------------------------------- labels, codes and messages

it.each(pages)('%s has every field of a label', (page) => {
  const listed = [...textOf(page).matchAll(/`\{(\w+)\}`/g)].map(([, name]) => name)
  expect([...new Set(listed)]).toEqual(labelFields)
})

it.each(pages)('%s has every command code, and each is one', (page) => {
  const listed = rowsOf(page).flatMap(([cell = '']) => /^`(FB:[^`]+)`$/.exec(cell)?.[1] ?? [])
  expect(listed.map((code) => readScan(code.replace(':n', ':1')).kind)).toEqual(listed.map(() => 'command'))
  const kinds = (all: readonly string[]): ReadonlySet<string> => new Set(all.map((code) => code.split(':')[1] ?? ''))
  const printed = commandCodes({ slots: 2, operator: 'scan' }, ['mei'], ['WO-1']).map(({ code }) => code)
  expect([...kinds(listed)].toSorted()).toEqual([...kinds([...printed, 'FB:REASON:'])].toSorted())
})

it.each(pages)('the three forms of a self-test in %s say the same, and its bounds are right', (page) => {
  const messages = textOf(page)
    .split('\n')
    .filter((line) => /^\{.*Vbat/.test(line))
  const wanted = [
    { name: 'Vbat', value: 3.3, unit: 'V' },
    { name: 'flash', value: true, unit: null },
  ]
  expect(messages.map((line) => readSelfTest(Buffer.from(line)))).toEqual([1, 2, 3].map(() => ({ ok: true, measurements: wanted })))
  expect(textOf(page)).toContain(`${mostSelfTestBytes} `)
  expect(textOf(page)).toContain(`${mostMeasurements} `)
})
