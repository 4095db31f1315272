// fogbell station codes: the sheet of command codes that hangs at a station, as a page to print, or their texts in the terminal.

import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { inEnglish, type Language, say } from '../sentences/sentence.ts'
import { type CommandCode, commandCodes, reasonCodes } from '../station/rules/scan.ts'
import { addCommand, type Call, type Cli } from './command.ts'
import { clean } from './format.ts'
import { usageError } from './problem-text.ts'
import { stationArgument, stationPath } from './station-path.ts'
import type { ProcedureRecord, ScreenRecord } from './station-records.ts'
import { createTable } from './table.ts'

interface Options {
  readonly html?: string
  readonly operators?: string
  readonly orders?: string
  readonly reasons?: string
  readonly blocks?: boolean
}

interface SheetCode {
  readonly code: string
  readonly text: string
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (char) => escapes[char] ?? char)

const namesOf = (text: string | undefined): readonly string[] =>
  (text ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')

const style = `
body { font: 14px/1.4 sans-serif; margin: 12mm; color: #000; background: #fff }
h1 { font-size: 20px; margin: 0 0 6mm }
ul { list-style: none; margin: 0; padding: 0; display: grid; grid-template-columns: repeat(2, 1fr); gap: 8mm }
li { border: 1px solid #999; border-radius: 2mm; padding: 4mm; text-align: center; break-inside: avoid }
li b { display: block; font-size: 18px } li code { font-size: 13px } svg { max-width: 100%; height: auto; margin: 2mm 0 }
@page { margin: 8mm }`

/** A page without scripts: codes with what they do, as they are printed. */
export const sheetHtml = (
  station: Pick<ScreenRecord, 'id' | 'name' | 'language'>,
  codes: readonly SheetCode[],
  svgOf: (text: string) => string,
) => {
  const title = station.name === station.id ? station.id : `${station.name} (${station.id})`
  const items = codes.map(({ code, text }) => `<li><b>${escaped(text)}</b>${svgOf(code)}<br><code>${escaped(code)}</code></li>`)
  return `<!doctype html>
<html lang="${station.language}"><head><meta charset="utf-8"><title>${escaped(title)}</title><style>${style}</style></head>
<body><h1>${escaped(title)}</h1><ul>
${items.join('\n')}
</ul></body></html>
`
}

/** Loaded only where it is needed. */
const languageOf = async ({ language }: ScreenRecord): Promise<Language> =>
  language === 'zh' ? (await import('../sentences/chinese.ts')).inChinese : inEnglish

const sheetOf = async (station: ScreenRecord, { operators, orders, reasons }: Options): Promise<readonly SheetCode[]> => {
  const language = await languageOf(station)
  const codes: readonly CommandCode[] = [...commandCodes(station, namesOf(operators), namesOf(orders)), ...reasonCodes(namesOf(reasons))]
  return codes.map(({ code, label }) => ({ code, text: say(label, language) }))
}

const blockLines = async (sheet: readonly SheetCode[]): Promise<readonly string[]> => {
  // Loaded here, since few commands draw codes.
  const { codeBlocks } = await import('./code-images.ts')
  return sheet.flatMap(({ code, text }) => ['', `${clean(text)}  ${clean(code)}`, ...codeBlocks(code)])
}

const saveSheet = async ({ output }: Call, station: ScreenRecord, sheet: readonly SheetCode[], file: string): Promise<void> => {
  const { codeSvg } = await import('./code-images.ts')
  await writeFile(file, sheetHtml(station, sheet, codeSvg)).catch((cause: unknown) => {
    throw usageError(`${file} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`)
  })
  output.result({ file, codes: sheet }, () => [`written: ${clean(file)}, with ${sheet.length} codes`])
}

/** Codes without which nothing can be tested there, or nothing again, and which the sheet has not. */
const missingCodes = async ({ client }: Call, station: ScreenRecord, { operators, reasons }: Options): Promise<readonly string[]> => {
  const path = `/procedures/${encodeURIComponent(station.procedure)}`
  // A station's own token may not read it, and the codes are there all the same.
  const procedure = reasons === undefined ? await client.get<ProcedureRecord>(path).catch(() => null) : null
  return [
    ...(station.operator === 'scan' && operators === undefined ? ['who works there signs in by a code: add them with --operators'] : []),
    ...(procedure?.retest.reasonNeeded === true
      ? [`the procedure ${clean(procedure.id)} asks for a reason before a retest: add codes with --reasons`]
      : []),
  ]
}

/** Adds `fogbell station codes`. */
export const addStationCodes = (cli: Cli, noun: Command): void => {
  const summary = 'Print the command codes that a scanner reads at a station, or write a sheet of them to hang up there.'
  const command = addCommand(cli, noun, stationArgument, 'codes', summary, async (call, id): Promise<void> => {
    const options = command.opts<Options>()
    const { output } = call
    const station = await call.client.get<ScreenRecord>(stationPath(id))
    const sheet = await sheetOf(station, options)
    for (const missing of await missingCodes(call, station, options)) output.note(missing)
    if (options.html !== undefined) return await saveSheet(call, station, sheet, options.html)
    if (output.json) return output.value(sheet)
    // Blocks are wider than narrow terminals, and folded they are no code.
    if (options.blocks === true) return void call.io.stdout.write(`${(await blockLines(sheet)).join('\n')}\n`)
    output.lines(createTable(['CODE', 'DOES'], output.columns)(sheet.map(({ code, text }) => [clean(code), clean(text)])))
  })
    .option('--html <file>', 'write a page with the codes to print into this file')
    .option('--operators <names>', 'with codes to sign in, separated by commas')
    .option('--orders <names>', 'with codes of work orders, separated by commas')
    .option('--reasons <texts>', 'with codes of reasons for retests, separated by commas')
    .option('--blocks', 'draw the codes in the terminal, as QR codes')
}
