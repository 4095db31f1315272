// What every part of the bench needs: a temporary directory, contestants that are stopped at the end, a command line.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { show } from './figures.mjs'

/** Stops what was kept, in reverse, one after another, once. */
const createKeeper = (directory) => {
  const kept = []
  let ending
  const end = async () => {
    for (const each of kept.splice(0).reverse()) await each.stop().catch((error) => console.error(error))
    await rm(directory, { recursive: true, force: true })
  }
  return {
    keep: (each) => {
      kept.push(each)
      return each
    },
    end: () => {
      ending ??= end()
      return ending
    },
  }
}

/** What runs, from the outermost on. */
const ends = []

/** The innermost ends first: the directory around it is removed last. */
const giveUp = async () => {
  for (const end of ends.reverse()) await end()
  process.exit(1)
}
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void giveUp())

/** Runs `work(directory, keep)`; whatever `keep` was given (anything with `stop`) is stopped and the directory removed, also at Ctrl-C. */
export const inDirectory = async (work) => {
  const directory = await mkdtemp(join(tmpdir(), 'fogbell-bench-'))
  const { keep, end } = createKeeper(directory)
  ends.push(end)
  try {
    return await work(directory, keep)
  } finally {
    await end()
    ends.splice(ends.indexOf(end), 1)
  }
}

const isProgram = (url) => process.argv[1] !== undefined && url === pathToFileURL(process.argv[1]).href

/** The numbers after the name of the program, if the part's file is the program. */
export const numbers = (url) =>
  isProgram(url)
    ? process.argv
        .slice(2)
        .filter((text) => /^\d+$/.test(text))
        .map(Number)
    : []

const isForProgram = process.argv.includes('--json')

/** Says what begins now, to a person who waits for a part alone. */
export const say = (what) => {
  if (!isForProgram) console.error(what)
}

/** Runs `work(round)` that often, one after another, and says each. */
export const inRounds = async (rounds, work) => {
  for (let round = 0; round < rounds; round += 1) {
    say(`round ${round + 1} of ${rounds}`)
    await work(round)
  }
}

/** What is at the head of a part's file: what it measures, and its arguments. */
const usageOf = async (url) => {
  const lines = (await readFile(new URL(url), 'utf8')).split('\n')
  return lines
    .slice(
      0,
      lines.findIndex((line) => !line.startsWith('//')),
    )
    .map((line) => line.replace(/^\/\/ ?/, ''))
    .join('\n')
}

/**
 * Runs the part if its file is the program: shows its figures or, with `--json`, gives them to the program that runs all parts. With another
 * option, says how the part is used.
 */
export const runAlone = async (url, part) => {
  if (!isProgram(url)) return
  const unknown = process.argv.slice(2).find((text) => text.startsWith('-') && text !== '--json')
  if (unknown !== undefined) {
    console.error(await usageOf(url))
    process.exitCode = unknown === '--help' || unknown === '-h' ? 0 : 2
    return
  }
  const figures = await part()
  if (isForProgram) console.log(JSON.stringify(figures))
  else show(figures)
}
