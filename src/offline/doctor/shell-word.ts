// Paths as words of a shell's command line, for commands that are to be copied. Pure.

/** The text as it is where a shell leaves it alone, else in quotes. */
export const shellWord = (text: string): string => (/^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)
