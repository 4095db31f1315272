// Runs what `npm run build` made, unless this Node is too old for it: then nothing of it is read.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { fail, isRefused } from './node-version.js'

const built = (file) => new URL(`../dist/${file}`, import.meta.url)

/** The server is one more bundle, which is run with compiled code. */
const runServer = () => import('./code-cache.js').then(({ runCached }) => runCached(fileURLToPath(built('serve.cjs')), 'main'))

/** Runs the command. */
export const runBuilt = () => {
  if (isRefused()) return
  const command = built('fogbell.js')
  const isServer = process.argv[2] === 'serve' && existsSync(built('serve.cjs'))
  if (!existsSync(command)) return fail('fogbell is not built: run npm run build first')
  const run = isServer ? runServer() : import(command.href).then(({ main }) => main())
  run.catch((error) => fail(error instanceof Error ? error.stack : error))
}
