// What every part of the bench needs: a temporary directory, contestants that are stopped at the end, a command line.

import { mkdtemp, rm } from 'node:fs/promises'
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

/** Runs `work(directory, keep)`; whatever `keep` was given (anything with `stop`) is stopped and the directory removed, also at Ctrl-C. */
export const inDirectory = async (work) => {
  const directory = await mkdtemp(join(tmpdir(), 'fogbell-bench-'))
  const { keep, end } = createKeeper(directory)
  const giveUp = () => void end().finally(() => process.exit(1))
  process.once('SIGINT', giveUp)
  process.once('SIGTERM', giveUp)
  try {
    return await work(directory, keep)
  } finally {
    await end()
    process.removeListener('SIGINT', giveUp)
    process.removeListener('SIGTERM', giveUp)
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

/** Runs the part if its file is the program: shows its figures or, with `--json`, gives them to the program that runs all parts. */
export const runAlone = async (url, part) => {
  if (!isProgram(url)) return
  const figures = await part()
  if (process.argv.includes('--json')) console.log(JSON.stringify(figures))
  else show(figures)
}
