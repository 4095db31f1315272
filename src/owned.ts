// A text with memory of its own. In V8 a part of a text points at the whole: a version of twenty characters that is kept would keep the message
// of half a megabyte in which it came. Imports nothing.

/** Shorter parts are copied anyway. */
const shortest = 13

/** The same text, copied out of whatever it is a part of. For texts that come from outside and are kept. */
export const owned = (text: string): string => (text.length < shortest ? text : (JSON.parse(JSON.stringify(text)) as string))
