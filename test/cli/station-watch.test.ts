// fogbell station watch: what is drawn, what a scanner types, and a server that is lost.

import { afterEach, beforeEach, expect, test } from 'vitest'
import { plain } from '../../src/cli/output.ts'
import { createScannerKeys } from '../../src/cli/scanner-keys.ts'
import type { ScreenRecord } from '../../src/cli/station-records.ts'
import { type ScreenState, screenLines } from '../../src/cli/station-screen-lines.ts'
import { width } from '../../src/cli/table.ts'
import { type CliAdminFixture, createCliAdminFixture, problem } from '../support/cli-admin-fixture.ts'
import { failedRun, runRecord, screenRecord, slotRecord } from '../support/cli-station-samples.ts'
import { type CliTerminalFixture, createCliTerminalFixture } from '../support/cli-terminal-fixture.ts'

let admin: CliAdminFixture
let terminal: CliTerminalFixture
let view: ScreenRecord
let ended: Promise<number> | undefined

beforeEach(async () => {
  admin = await createCliAdminFixture()
  view = screenRecord()
  admin.on('GET /stations/*', () => ({ json: view }))
})
afterEach(async () => {
  if (ended !== undefined) terminal.stdin.write('\u0003')
  await ended
  ended = undefined
  await admin.close()
})

const watch = (tty: boolean, ...more: string[]): void => {
  const env = { FOGBELL_SERVER: admin.url, FOGBELL_TOKEN: 'tok', ...(tty && { FORCE_COLOR: '1' }) }
  terminal = createCliTerminalFixture({ tty, columns: 80, env })
  ended = terminal.run('station', 'watch', 'fct-1', ...more)
}
const says = (text: string | RegExp): Promise<void> =>
  terminal.until(() => (typeof text === 'string' ? terminal.out().includes(text) : text.test(terminal.out())))
const scans = () => admin.asked.filter(({ path }) => path === '/stations/fct-1/scan').map(({ body }): unknown => JSON.parse(body))

const state = (fields: Partial<ScreenState> = {}): ScreenState => ({ view, lost: null, note: null, typed: '', ...fields })
const shown = (fields: Partial<ScreenState> = {}): readonly string[] => screenLines(state(fields), { columns: 80, rows: 24 }, plain)

test.each([1, 2, 4, 8, 16])('a station of %i slots fits 80 columns and 24 rows, in both languages', (slots) => {
  const runs = [failedRun({ text: 'vbat 3.02 V, allowed 3.1 to 3.5. '.repeat(4) }), runRecord({ serial: 'SN-'.repeat(30) }), null]
  const slotViews = Array.from({ length: slots }, (_, index) => slotRecord(index + 1, runs[index % 3] ?? null))
  for (const language of ['en', 'zh'] as const) {
    view = screenRecord({ slotViews, language, operatorName: '王芳'.repeat(40), backlog: { count: 142, oldestAt: '2026-03-01T09:00:00Z' } })
    const lines = shown({ typed: 'x'.repeat(200) })
    expect(lines.length).toBe(24)
    expect(Math.max(...lines.map(width))).toBeLessThanOrEqual(80)
    const text = lines.join('\n')
    expect(text).toContain(language === 'en' ? 'FAIL' : '不合格')
    if (slots > 1) for (let slot = 1; slot <= slots; slot++) expect(text).toContain(`[${slot}]`)
  }
})

test('the word of one slot is large, and its shape is beside it', () => {
  view = screenRecord({ slotViews: [slotRecord(1, runRecord())] })
  const lines = shown()
  expect(lines[1]?.trim()).toBe('✓ PASS')
  expect(lines.filter((line) => line.includes('███')).length).toBeGreaterThan(2)
  expect(lines.join('\n')).toContain('SN-1')
})

test('a PASS whose label was not printed says so', () => {
  const step = {
    name: 'label',
    outcome: 'error',
    startedAt: '',
    endedAt: '',
    code: null,
    text: 'The printer is off.',
    measurements: [],
  } as const
  view = screenRecord({ slotViews: [slotRecord(1, runRecord({ steps: [step] }))] })
  expect(shown().join('\n')).toMatch(/PASS|███/)
  expect(shown().join('\n')).toContain('The printer is off.')
})

test('a FAIL says why and that it must be seen, and goes when it was', () => {
  view = screenRecord({ slotViews: [slotRecord(1, failedRun())] })
  expect(shown().join('\n')).toMatch(/✕ FAIL[\s\S]*SELFTEST_FAILED: vbat 3\.02 V[\s\S]*Seen: Enter or FB:OK/)
  view = screenRecord({ slotViews: [slotRecord(1, failedRun(), { isAcknowledged: true })] })
  expect(shown().join('\n')).toContain('SCAN')
  expect(shown().join('\n')).not.toContain('FAIL')
})

test('a result that is not on disk is never shown as passed, nor one whose time is over', () => {
  view = screenRecord({ slotViews: [slotRecord(1, runRecord(), { isSaving: true })] })
  expect(shown().join('\n')).toMatch(/SAVING[\s\S]*not on disk yet/)
  expect(shown().join('\n')).not.toContain('PASS')
  view = screenRecord({ slotViews: [slotRecord(1, runRecord())], passSeconds: 29 })
  expect(shown().join('\n')).not.toContain('PASS')
})

test('a known-bad board that fails is no product that failed, and an error is neither PASS nor FAIL', () => {
  view = screenRecord({ slotViews: [slotRecord(1, failedRun({ reference: 'bad' })), slotRecord(2, failedRun({ outcome: 'error' }))] })
  expect(shown().join('\n')).toMatch(/REFERENCE OK[\s\S]*! ERROR|! ERROR[\s\S]*REFERENCE OK/)
  expect(shown().join('\n')).not.toContain('FAIL ')
})

test('without a server nothing of what was shown is left', () => {
  view = screenRecord({ slotViews: [slotRecord(1, runRecord())] })
  const lines = shown({ lost: 'the connection was refused' })
  expect(lines.length).toBe(24)
  expect(lines.join('\n')).toMatch(/No answer\. Nothing that is scanned now is taken\.[\s\S]*the connection was refused/)
  expect(lines.join('\n')).not.toMatch(/PASS|SN-1/)
})

test('codes end by Enter or Tab, and what arrow keys send is not in them', () => {
  const codes: string[] = []
  const keys = createScannerKeys({ code: (text) => void codes.push(text), quit: () => void codes.push('quit') })
  keys.press('SN-1\r\nSN-2\t')
  keys.press('\x1b[A\x1bOPSN-')
  keys.press('4\u007f3')
  expect(keys.typed()).toBe('SN-3')
  keys.press('\n\u0003')
  expect(codes).toEqual(['SN-1', 'SN-2', 'SN-3', 'quit'])
})

test('what a scanner types is scanned in its order, and the answer is shown', async () => {
  admin.on('POST /stations/fct-1/scan', ({ body }) => {
    if (body.includes('FB:')) return { json: { kind: 'command', text: 'Operator: mei.', run: null } }
    if (body.includes('bad')) return problem(409, 'OTA_SCAN_REFUSED', 'Not a serial number: "bad".', { reason: 'BAD_CODE' })
    return { status: 201, json: runRecord({ state: 'waiting', outcome: null, endedAt: null }) }
  })
  watch(true)
  await says('SCAN')
  terminal.stdin.write('FB:OP:mei\rSN-1\r')
  await says('Operator: mei.')
  terminal.stdin.write('bad\t')
  await says('Refused: Not a serial number: "bad".')
  expect(scans()).toEqual([{ text: 'FB:OP:mei' }, { text: 'SN-1' }, { text: 'bad' }])
})

test('Enter alone acknowledges what must be seen, and nothing else', async () => {
  admin.on('POST /stations/fct-1/scan', () => ({ json: { kind: 'command', text: 'SN-1 is acknowledged.', run: failedRun() } }))
  watch(true)
  await says('SCAN')
  terminal.stdin.write('\r')
  view = screenRecord({ slotViews: [slotRecord(1, failedRun())] })
  await says('SELFTEST_FAILED')
  expect(scans()).toEqual([])
  terminal.stdin.write('\r')
  await says('SN-1 is acknowledged.')
  expect(scans()).toEqual([{ text: 'FB:OK' }])
})

test('a lost server is said, a scan then is not taken, and it is found again', async () => {
  view = screenRecord({ slotViews: [slotRecord(1, runRecord())] })
  watch(true)
  await says('✓ PASS')
  const answers = admin.asked.length
  admin.on('GET /stations/*', () => ({ status: 200, text: 'torn', torn: true }))
  admin.on('POST /stations/fct-1/scan', () => ({ text: '', torn: true }))
  await says('Nothing that is scanned now is taken.')
  expect(admin.asked.length - answers).toBeLessThan(40)
  terminal.stdin.write('SN-9\r')
  await says('Not taken. Scan it again.')
  admin.on('GET /stations/*', () => ({ json: screenRecord({ slotViews: [slotRecord(1, runRecord({ serial: 'SN-2' }))] }) }))
  await says('SN-2')
})

test('what the server says is asked for in the language of the station', async () => {
  view = screenRecord({ language: 'zh', slotViews: [slotRecord(1, runRecord())] })
  watch(true)
  await says('合格')
  expect(admin.asked.filter(({ path }) => path === '/stations/fct-1').at(-1)?.headers['accept-language']).toBe('zh')
})

test('the terminal gets its own content back at the end, and Ctrl-C ends with its status', async () => {
  watch(true)
  await says('SCAN')
  terminal.stdin.write('\u0003')
  expect(await ended).toBe(130)
  expect(terminal.out().startsWith('\x1b[?1049h')).toBe(true)
  expect(terminal.out().endsWith('\x1b[?1049l')).toBe(true)
})

test('elsewhere than in a terminal each change is a line, and scripts get JSON', async () => {
  view = screenRecord({ slotViews: [slotRecord(1, failedRun())] })
  watch(false)
  await says(/slot 1: FAIL SN-1 SELFTEST_FAILED vbat 3\.02 V, allowed 3\.1 to 3\.5\.\n/)
  terminal.stdin.write('\u0003')
  await ended
  expect(terminal.out()).not.toContain('\x1b')
  watch(false, '--json')
  await says('"event":"slot"')
  expect(terminal.jsonLines()[0]).toMatchObject({ event: 'slot', data: { slot: 1, run: { serial: 'SN-1' } } })
})

test('a station that is not there is refused before anything is drawn', async () => {
  admin.on('GET /stations/*', () => problem(404, 'OTA_STATION_UNKNOWN', 'There is no station fct-1.'))
  watch(true)
  expect(await ended).toBe(1)
  expect(terminal.out()).toBe('')
})
