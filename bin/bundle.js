// Bundles the command of a compiled tree into a few files, which Node loads in half the time of two thousand, and the server once more into
// one, and the thread of downloads into another. LevelDB's native part stays where it is.

import { createHash } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lateModules } from './late-modules.js'

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

/** The file is one function, as Node makes one of each module of CommonJS. */
export const serverBanner = '(function (exports, require, module, bundleUrl) {'

/** In CommonJS there is no `import.meta`; and `import()` would need a loader of the program's own. */
const serverOptions = {
  ...moduleOptions,
  splitting: false,
  format: 'cjs',
  supported: { 'dynamic-import': false },
  define: { 'import.meta.url': 'bundleUrl' },
  banner: { js: serverBanner },
  footer: { js: '})' },
  write: false,
}

/** Throws for a bundle that is not: each is read as one byte for each character. esbuild leaves what is in regular expressions as it is. */
export const mustBeAscii = (contents) => {
  const at = contents.findIndex((byte) => byte > 0x7f)
  if (at === -1) return
  const around = Buffer.from(contents.subarray(Math.max(0, at - 40), at + 40)).toString()
  throw new Error(`a bundle has a character beyond ASCII, near ${JSON.stringify(around)}: write it as \\u and four digits`)
}

/** The server in one file of CommonJS: only for such a file V8 gives out what it has compiled. bin/code-cache.js runs it. */
export const bundleServer = (options, file) =>
  import('esbuild')
    .then(({ build }) =>
      build({
        ...serverOptions,
        ...options,
        plugins: [...(options.plugins === undefined ? [] : options.plugins), lateModules],
        outfile: file,
      }),
    )
    .then(({ outputFiles: [{ contents }], metafile }) => {
      mustBeAscii(contents)
      const digest = createHash('sha256').update(contents).digest('hex')
      writeFileSync(file, Buffer.concat([Buffer.from(`//${digest}\n`), contents]))
      return metafile
    })

/** LevelDB's native part is where its package is, which `level` depends on. */
const nativePart = {
  name: 'native-part',
  setup(bundling) {
    bundling.onLoad({ filter: /classic-level\/binding\.js$/ }, () => ({
      loader: 'js',
      contents: `
        const { createRequire } = require('node:module')
        const requireOfLevel = createRequire(createRequire(bundleUrl).resolve('level'))
        module.exports = createRequire(requireOfLevel.resolve('classic-level'))('./binding.js')`,
    }))
  },
}

const serverOf = (dist) => ({
  // In the bundle the modules have their paths from here: the same ones in each build.
  absWorkingDir: dist,
  entryPoints: [join(dist, 'cli/serve-main.js')],
  external: ['bufferutil', 'utf-8-validate'],
  plugins: [nativePart],
})

const threadOf = (dist) => ({
  ...moduleOptions,
  splitting: false,
  entryPoints: [join(dist, 'download/worker.js')],
  outfile: join(dist, 'worker.js'),
})

const bundleModules = (options) => import('esbuild').then(({ build }) => build(options))

/**
 * Writes `fogbell.js` with its parts, the server, `serve.cjs`, and the thread of downloads, `worker.js`, into the folder of a compiled tree. A
 * tree without the command stays as it is.
 */
export const bundle = (dist) => {
  if (!existsSync(join(dist, 'cli/main.js'))) return Promise.resolve()
  return Promise.all([
    bundleModules(optionsFor(dist)),
    bundleServer(serverOf(dist), join(dist, 'serve.cjs')),
    existsSync(join(dist, 'download/worker.js')) && bundleModules(threadOf(dist)),
  ])
}
