// Texts of boards, jigs and an MES as screens, files and pages may have them: marks that turn or hide what is around them are none of them. Pure.

const breaks = /[\p{Cc}\p{Zl}\p{Zp}]+/gu
const unseen = /[\p{Cf}\p{Cs}]/gu
const either = /[\p{Cc}\p{Zl}\p{Zp}\p{Cf}\p{Cs}]/gu

/** In one line: without control and format characters, and not longer than that. */
export const shownText = (text: string, longest = Number.POSITIVE_INFINITY): string => {
  const line = text.replace(breaks, ' ').replace(unseen, '').replace(/ {2,}/g, ' ').trim()
  if (line.length <= longest) return line
  const cut = Array.from(line).slice(0, longest).join('')
  return cut === line ? line : `${cut}…`
}

/** With a mark in place of each: what is judged again must not become another value. */
export const markedText = (text: string): string => text.replace(either, '\ufffd')
