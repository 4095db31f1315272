// Which bytes look like Chinese in GBK or GB18030. Almost any bytes of another encoding can be read as some of its rare characters. Imports
// nothing.

/** What two bytes are in GBK. `usual`: a sign, or among the 3,755 characters that are used most; `null`: nothing, or for private use. */
export const gbkKind = (lead: number, trail: number): 'usual' | 'rare' | null => {
  if (lead < 0x81 || lead > 0xfe || trail < 0x40 || trail === 0x7f || trail > 0xfe) return null
  if (trail < 0xa1 || lead < 0xa1) return 'rare'
  if ((lead > 0xa9 && lead < 0xb0) || lead > 0xf7) return null
  return lead < 0xd8 ? 'usual' : 'rare'
}

export interface ChineseCount {
  usual: number
  rare: number
}

/** Whether they are more than what chance gives. */
export const looksChinese = ({ usual, rare }: ChineseCount): boolean => usual > 0 && usual >= rare

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39

/** Counts the character at `at`, of one, two or four bytes. How many it has; 0: it is none. */
export const countCharacter = (bytes: Uint8Array, at: number, seen: ChineseCount): number => {
  const lead = bytes[at] ?? 0
  const trail = bytes[at + 1] ?? 0
  if (lead < 0x80) return 1
  if (isDigit(trail) && lead > 0x80 && isDigit(bytes[at + 3])) {
    seen.rare += 1
    return 4
  }
  const kind = gbkKind(lead, trail)
  if (kind === null) return 0
  seen[kind] += 1
  return 2
}
