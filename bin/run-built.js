// Runs what `npm run build` made, unless this Node is too old for it: then nothing of it is read.

import { fail, isRefused } from './node-version.js'

/** The server is one more bundle, which is run with compiled code. */
const runServer = (bundle) => import('./code-cache.js').then(({ runCached }) => runCached(bundle, 'main'))

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
