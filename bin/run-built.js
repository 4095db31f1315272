// Runs what `npm run build` made, unless this Node is too old for it: then nothing of it is read.

import { fail, isRefused } from './node-version.js'

/** The newest Node.js whose V8 is known to have the option. */
const newestKnown = 24

/**
 * Old objects are collected once they have become half as many again. V8 alone waits until they are two to four times as many: the server then
 * takes more memory, and more time too, since less of what it uses is in the caches of the processor (bench/README.md).
 */
const collectEarly = () => {
  const isGiven = process.execArgv.some((option) => /^--heap[-_]growing[-_]percent/.test(option))
  if (isGiven || Number.parseInt(process.versions.node, 10) > newestKnown) return
  process.getBuiltinModule('v8').setFlagsFromString('--heap-growing-percent=50')
}

/** The server is one more bundle, which is run with compiled code. */
const runServer = (bundle) => {
  collectEarly()
  return import('./code-cache.js').then(({ runCached }) => runCached(bundle, 'main'))
}

/** Runs the command. */
export const runBuilt = () => {
  if (isRefused()) return
  // An import of them would read all that they export.
  const { existsSync } = process.getBuiltinModule('fs')
  const { fileURLToPath } = process.getBuiltinModule('url')
  const command = new URL('../dist/fogbell.js', import.meta.url)
  const server = fileURLToPath(new URL('../dist/serve.cjs', import.meta.url))
  if (!existsSync(command)) {
    fail('fogbell is not built: run npm run build first')
    return
  }
  const isServer = process.argv[2] === 'serve' && existsSync(server)
  const run = isServer ? runServer(server) : import(command.href).then(({ main }) => main())
  run.catch((error) => fail(error instanceof Error ? error.stack : error))
}
