// Runs what `npm run build` made, unless this Node is too old for it: then nothing of it is read.

import { existsSync } from 'node:fs'
import { fail, isRefused } from './node-version.js'

/** Calls the function of that name of a file in dist/. */
export const runBuilt = (file, name) => {
  const built = new URL(`../dist/${file}`, import.meta.url)
  if (isRefused()) return
  if (existsSync(built))
    import(built.href).then(
      (module) => module[name](),
      (error) => fail(error instanceof Error ? error.stack : error),
    )
  else fail('fogbell is not built: run npm run build first')
}
