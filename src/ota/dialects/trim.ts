// Takes off a text what a device's buffer had around it. Pure, and linear in the text's length: devices choose what they send.

const control = /\p{Cc}/u
/** Most texts: nothing is around them. */
const bare = /^[!-~](?:[ -~]*[!-~])?$/
const spaceOrControl = /[\s\p{Cc}]/u
/** A colour of a terminal. */
const longestColour = 32
const colourAtStart = /^\p{Cc}\[[\d;]*m/u
const colourAtEnd = /\p{Cc}\[[\d;]*m$/u

const startOf = (text: string, around: RegExp, hasColours: boolean): number => {
  for (let at = 0; at < text.length; at++) {
    const colour = hasColours ? colourAtStart.exec(text.slice(at, at + longestColour)) : null
    if (colour !== null) at += colour[0].length - 1
    else if (!around.test(text.charAt(at))) return at
  }
  return text.length
}

const endOf = (text: string, around: RegExp, hasColours: boolean): number => {
  for (let end = text.length; end > 0; end--) {
    const colour = hasColours && text[end - 1] === 'm' ? colourAtEnd.exec(text.slice(Math.max(0, end - longestColour), end)) : null
    if (colour !== null) end -= colour[0].length - 1
    else if (!around.test(text.charAt(end - 1))) return end
  }
  return 0
}

const trim = (text: string, around: RegExp, hasColours: boolean): string => {
  const rest = text.slice(startOf(text, around, hasColours))
  // It ends a text of C: behind it is what was in the buffer before.
  const nul = rest.indexOf('\0')
  const own = nul < 0 ? rest : rest.slice(0, nul)
  return own.slice(0, endOf(own, around, hasColours))
}

/** Space, control characters and colours around a text are none of it, nor is what follows a NUL. */
export const trimmed = (text: string): string => (bare.test(text) ? text : trim(text, spaceOrControl, true))

/** The same for a name, of which space may be part. */
export const trimmedName = (text: string): string => (control.test(text) ? trim(text, control, false) : text)
