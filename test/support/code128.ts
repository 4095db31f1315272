// A reader of Code 128 as scanners read it (ISO/IEC 15417): widths of bars and spaces to text, with its check symbol. Knows no encoder.

/** Each symbol as the widths of three bars and three spaces, from 0 to 105. */
const symbols = (
  '212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 123122 123221 ' +
  '223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 ' +
  '112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 213311 213131 ' +
  '311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 ' +
  '122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 ' +
  '214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 211214 211232'
).split(' ')
const stop = '2331112'
const sets = ['A', 'B', 'C'] as const

const textOf = (set: (typeof sets)[number], value: number): string => {
  if (set === 'C') return String(value).padStart(2, '0')
  return String.fromCharCode(value < 64 || set === 'B' ? value + 32 : value - 64)
}

/** The text; throws where a scanner would read nothing. */
export const readCode128 = (widths: readonly number[]): string => {
  const all = widths.join('')
  if (!all.endsWith(stop)) throw new Error('no stop symbol')
  const values = (all.slice(0, -stop.length).match(/.{6}/g) ?? []).map((symbol) => symbols.indexOf(symbol))
  const [start = 0, ...rest] = values
  const check = rest.pop()
  const sum = rest.reduce((before, value, at) => before + value * (at + 1), start)
  if (values.includes(-1) || check !== sum % 103) throw new Error('a symbol or the check symbol is wrong')
  let set = sets[start - 103]
  let text = ''
  for (const value of rest) {
    if (set === undefined || value > 101 || (set !== 'C' && value === 98)) throw new Error(`symbol ${value} is not expected`)
    // 99, 100 and 101 change the set, but where they are digits or the letters of the set itself.
    if (value === 99 && set !== 'C') set = 'C'
    else if (value === 100 && set !== 'B') set = 'B'
    else if (value === 101 && set !== 'A') set = 'A'
    else text += textOf(set, value)
  }
  return text
}

/** Widths of bars and spaces, in modules, from the dark rectangles of an image. */
export const barsIn = (svg: string): readonly number[] => {
  const bars = [...svg.matchAll(/<rect x="([\d.]+)"[^>]*? width="([\d.]+)"/g)].map(([, x, width]) => [Number(x), Number(width)] as const)
  const module = Math.min(...bars.map(([, width]) => width))
  return bars.flatMap(([x, width], at) => {
    const [next] = bars[at + 1] ?? []
    const gap = next === undefined ? [] : [Math.round((next - x - width) / module)]
    return [Math.round(width / module), ...gap]
  })
}
