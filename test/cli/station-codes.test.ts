// fogbell station codes: what is printed can be read by a scanner.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { codeBlocks, codeSvg, kindOf } from '../../src/cli/code-images.ts'
import { readScan } from '../../src/station/rules/scan.ts'
import { type CliAdminFixture, createCliAdminFixture } from '../support/cli-admin-fixture.ts'
import { procedureRecord, screenRecord } from '../support/cli-station-samples.ts'
import { type CliTerminalFixture, createCliTerminalFixture } from '../support/cli-terminal-fixture.ts'
import { barsIn, readCode128 } from '../support/code128.ts'

let admin: CliAdminFixture
let terminal: CliTerminalFixture

beforeEach(async () => {
  admin = await createCliAdminFixture()
  terminal = createCliTerminalFixture({ tty: false, env: { FOGBELL_SERVER: admin.url, FOGBELL_TOKEN: 'tok' } })
})
afterEach(() => admin.close())

const sheetFile = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'fogbell-codes-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return join(directory, 'codes.html')
}

const unescaped = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&')

/** The codes of a page: what its images say, and what is written below each. */
const codesIn = (html: string): readonly (readonly [image: string, text: string])[] =>
  [...html.matchAll(/<svg[\s\S]*?<\/svg><br><code>(.*?)<\/code>/g)].map(([all, text = '']) => [
    all.slice(0, all.indexOf('</svg>')),
    unescaped(text),
  ])

test('a scanner reads in each code of the sheet what is written below it', async () => {
  admin.on('GET /stations/*', () => ({ json: screenRecord({ slots: 4 }) }))
  const file = await sheetFile()
  const names = ['--operators', 'mei,<b>Bob & Co</b>', '--orders', 'WO-12345678', '--reasons', 'probe loose']
  expect(await terminal.run('station', 'codes', 'fct-1', '--html', file, ...names)).toBe(0)
  const html = await readFile(file, 'utf8')
  const codes = codesIn(html)
  expect(codes.map(([, text]) => text)).toEqual([
    'FB:OK',
    'FB:ABORT',
    'FB:RETEST',
    ...[1, 2, 3, 4].map((slot) => `FB:SLOT:${slot}`),
    'FB:OP:mei',
    'FB:OP:<b>Bob & Co</b>',
    'FB:OP:',
    'FB:WO:WO-12345678',
    'FB:WO:',
    'FB:REASON:probe loose',
  ])
  for (const [svg, text] of codes) expect([text, readCode128(barsIn(svg)), readScan(text).kind]).toEqual([text, text, 'command'])
  expect(html).not.toContain('<b>Bob')
  expect(html).not.toContain('<script')
  expect(html).toContain('<b>Acknowledge the result</b>')
})

test('the empty margins beside a code are as wide as scanners need', () => {
  const svg = codeSvg('FB:OK')
  const [width] = /viewBox="0 0 ([\d.]+)/.exec(svg)?.slice(1).map(Number) ?? []
  const bars = [...svg.matchAll(/<rect x="([\d.]+)"[^>]*? width="([\d.]+)"/g)].map(
    ([, x, wide]) => [Number(x), Number(x) + Number(wide)] as const,
  )
  const module = Math.min(...bars.map(([from, to]) => to - from))
  expect(bars[0]?.[0]).toBeGreaterThanOrEqual(10 * module)
  expect((width ?? 0) - (bars.at(-1)?.[1] ?? 0)).toBeGreaterThanOrEqual(10 * module)
})

test('what Code 128 cannot hold becomes a QR code', async () => {
  admin.on('GET /stations/*', () => ({ json: screenRecord({ language: 'zh' }) }))
  const file = await sheetFile()
  expect(await terminal.run('station', 'codes', 'fct-1', '--html', file, '--operators', '王芳')).toBe(0)
  const html = await readFile(file, 'utf8')
  expect(html).toContain('<html lang="zh">')
  expect(html).toMatch(/<b>.*王芳<\/b>/)
  expect(['FB:OP:王芳', 'FB:OP:mei'].map(kindOf)).toEqual(['qr', 'code128'])
  const code = codesIn(html).find(([, text]) => text === 'FB:OP:王芳')
  expect(() => readCode128(barsIn(code?.[0] ?? ''))).toThrow()
})

test('the terminal gets the texts, or codes of blocks with a light margin', async () => {
  admin.on('GET /stations/*', () => ({ json: screenRecord() }))
  expect(await terminal.run('station', 'codes', 'fct-1')).toBe(0)
  expect(terminal.out()).toMatch(/CODE +DOES\nFB:OK +Acknowledge the result\nFB:ABORT +Abort the test\nFB:RETEST +Test again\n$/)
  const blocks = codeBlocks('FB:OK')
  expect(new Set(blocks.map((line) => line.length)).size).toBe(1)
  // The dark ring of the finder pattern in the corner, behind a margin of two modules.
  expect(blocks.slice(0, 2).map((line) => line.slice(0, 10))).toEqual(['██████████', '██ ▄▄▄▄▄ █'])
  expect(await terminal.run('station', 'codes', 'fct-1', '--blocks')).toBe(0)
  expect(terminal.out()).toContain(blocks.join('\n'))
  expect(await terminal.run('station', 'codes', 'fct-1', '--html', '/nowhere/at/all.html')).toBe(2)
})

test('what a station needs codes for and the sheet has not is said', async () => {
  admin.on('GET /stations/*', () => ({ json: screenRecord({ operator: 'scan' }) }))
  admin.on('GET /procedures/*', () => ({ json: procedureRecord({ retest: { max: 2, reasonNeeded: true } }) }))
  expect(await terminal.run('station', 'codes', 'fct-1')).toBe(0)
  expect(terminal.err()).toContain('--operators')
  expect(terminal.err()).toContain('asks for a reason before a retest: add codes with --reasons')
  const all = createCliTerminalFixture({ tty: false, env: { FOGBELL_SERVER: admin.url, FOGBELL_TOKEN: 'tok' } })
  expect(await all.run('station', 'codes', 'fct-1', '--operators', 'mei', '--reasons', 'loose')).toBe(0)
  expect(all.err()).toBe('')
})
