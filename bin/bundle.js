// Bundles the command of a compiled tree into a few files, which Node loads in half the time of two thousand. Imports beside them stay as they
// are: LevelDB's native part, and the thread of downloads, which is small.

import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** CommonJS packages in a module still call `require`. */
const banner = "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url)"

/** How modules of the program are bundled. Its parts are in one folder: bundled.js finds other files from where it is. */
export const moduleOptions = {
  chunkNames: 'fogbell-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Less to read at each start. Names stay, for stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
}

const optionsFor = (dist) => ({
  ...moduleOptions,
  entryPoints: { fogbell: join(dist, 'cli/main.js') },
  outdir: dist,
  // `level` finds the native part, and is a dependency of this package: what it depends on need not be found from here.
  external: ['level', 'bufferutil', 'utf-8-validate'],
  banner: { js: banner },
})

/** Writes `fogbell.js` and its parts into the folder of a compiled tree. A tree without the command stays as it is. */
export const bundle = (dist) =>
  existsSync(join(dist, 'cli/main.js')) ? import('esbuild').then(({ build }) => build(optionsFor(dist))) : Promise.resolve()
