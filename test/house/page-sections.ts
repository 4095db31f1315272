// A page of Markdown in sections: the content under each heading. It knows nothing of languages, nor of which pages there are.

export interface PageSection {
  readonly heading: string
  /** 1 for `#`. */
  readonly level: number
  /** What a link to the heading ends with, as GitHub makes it. */
  readonly slug: string
  /** The fenced blocks: the language and the lines, without comments and without lines that were nothing else. */
  readonly code: readonly string[]
  /** How many cells each row of a table has. */
  readonly rows: readonly number[]
  /** How many points its lists have. */
  readonly points: number
  /** Where the links lead, as written. */
  readonly links: readonly string[]
  /** What is in backquotes. */
  readonly words: readonly string[]
  /** The numbers in the text, without those in backquotes and links. */
  readonly numbers: readonly string[]
}

const fence = /^ *```/
const headingLine = /^(#+) (.+)$/
const commented = new Set(['sh', 'ini'])

/** GitHub's rule: letters, digits, `_` and hyphens stay, a space becomes a hyphen. */
const slugOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{Nd}\p{Pc} -]/gu, '')
    .replaceAll(' ', '-')

const withoutComment = (line: string): string => line.replace(/(^|\s+)# .*$/, '')

const codeOf = (language: string, lines: readonly string[]): string => {
  const kept = commented.has(language) ? lines.map(withoutComment).filter((line) => line !== '') : lines
  return [language, ...kept].join('\n')
}

const blocksIn = (lines: readonly string[]): { readonly code: readonly string[]; readonly text: string } => {
  const code: string[] = []
  const text: string[] = []
  let open: { readonly language: string; readonly lines: string[] } | undefined
  for (const line of lines) {
    if (fence.test(line)) {
      if (open !== undefined) code.push(codeOf(open.language, open.lines))
      open = open === undefined ? { language: line.replace(fence, ''), lines: [] } : undefined
    } else (open?.lines ?? text).push(line)
  }
  return { code, text: text.join('\n') }
}

const allOf = (text: string, pattern: RegExp): readonly string[] => [...text.matchAll(pattern)].map(([all, part]) => part ?? all)
const cellsOf = (row: string): number => (row.match(/(?<!\\)\|/g)?.length ?? 0) - 1
const inCode = /`([^`]+)`/g
const inLink = /\]\(([^)\s]+)\)/g

const sectionOf = (title: string, level: number, slug: string, lines: readonly string[]): PageSection => {
  const { code, text } = blocksIn(lines)
  const said = `${title}\n${text}`
  const plain = said.replace(inCode, ' ').replace(inLink, ' ')
  return {
    heading: title,
    level,
    slug,
    code,
    rows: allOf(text, /^\|.*$/gm).map(cellsOf),
    points: allOf(text, /^ *- /gm).length,
    links: allOf(text, inLink),
    words: allOf(said, inCode).map((word) => word.replace(/\s+/g, ' ')),
    numbers: allOf(plain, /\d+(?:[,.]\d+)*/g),
  }
}

/** The line numbers of the headings; a `#` in a fenced block is none. */
const headingsAt = (lines: readonly string[]): readonly number[] => {
  let open = false
  return lines.flatMap((line, index) => {
    if (fence.test(line)) open = !open
    return !open && headingLine.test(line) ? [index] : []
  })
}

export const sectionsOf = (text: string): readonly PageSection[] => {
  const lines = text.split('\n')
  const starts = headingsAt(lines)
  const seen = new Map<string, number>()
  return starts.map((start, index) => {
    const [, marks = '', title = ''] = headingLine.exec(lines[start] ?? '') ?? []
    const slug = slugOf(title)
    const before = seen.get(slug) ?? 0
    seen.set(slug, before + 1)
    return sectionOf(title, marks.length, before === 0 ? slug : `${slug}-${before}`, lines.slice(start + 1, starts[index + 1]))
  })
}
