// What every part of the bench needs around it: a directory that is removed, contestants that are stopped, a command line.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { show } from './figures.mjs'

/** Runs `work(directory, keep)`; whatever `keep` was given (anything with `stop`) is stopped in reverse, and the directory removed. */
export const inDirectory = async (work) => {
  const directory = await mkdtemp(join(tmpdir(), 'fogbell-bench-'))
  const kept = []
  const keep = (each) => {
    kept.push(each)
    return each
  }
  try {
    return await work(directory, keep)
  } finally {
    for (const each of kept.reverse()) await each.stop()
    await rm(directory, { recursive: true, force: true })
  }
}

/** Runs the part and shows it where its file is the program, and not a part of a whole run. */
export const runAlone = async (url, part) => {
  if (process.argv[1] !== undefined && url === pathToFileURL(process.argv[1]).href) show(await part())
}
