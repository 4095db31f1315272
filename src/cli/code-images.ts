// Codes for scanners as SVG and as blocks in a terminal. Code 128, which every scanner reads, where the text can be written in it; else a QR
// code. The encoders are a library's. Knows no station.

import { encodeCode128, renderBarcodeSVG } from 'etiket/barcode'
import { encodeQR, renderQRCodeSVG } from 'etiket/qr'

/** Code 128 has ASCII; what a keyboard would not type, no scanner types. */
const isPlain = (text: string): boolean => /^[\x20-\x7e]+$/.test(text)

export type CodeKind = 'code128' | 'qr'
export const kindOf = (text: string): CodeKind => (isPlain(text) ? 'code128' : 'qr')

/** Widths of bars and spaces in turn, beginning with a bar, in modules. */
export const barsOf = (text: string): readonly number[] => encodeCode128(text)

const barHeight = 64
const barWidth = 2
/** The empty margin that scanners need: ten modules (ISO/IEC 15417). */
const quiet = 10 * barWidth

/** One `svg` element. */
export const codeSvg = (text: string): string =>
  isPlain(text)
    ? renderBarcodeSVG(encodeCode128(text), { height: barHeight, barWidth, margin: quiet / 2, marginLeft: quiet, marginRight: quiet })
    : renderQRCodeSVG(encodeQR(text, { ecLevel: 'M' }), { size: 132, margin: 4 })

const upper = '\u2580'
const lower = '\u2584'
const both = '\u2588'

/** The QR code of the text in half blocks, dark on light as scanners want it, on any background: the light parts are drawn. */
export const codeBlocks = (text: string): readonly string[] => {
  const matrix = encodeQR(text, { ecLevel: 'M' })
  const size = matrix.length
  const isLight = (row: number, column: number): boolean => matrix[row]?.[column] !== true
  const lines: string[] = []
  for (let row = -2; row < size + 2; row += 2) {
    let line = ''
    for (let column = -2; column < size + 2; column++) {
      const [top, bottom] = [isLight(row, column), isLight(row + 1, column)]
      line += top && bottom ? both : top ? upper : bottom ? lower : ' '
    }
    lines.push(line)
  }
  return lines
}
