// Bundles dist/ and what it needs of node_modules into two files: the command, and the thread of downloads. Knows no executable.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

export const root = fileURLToPath(new URL('../..', import.meta.url))
const dist = join(root, 'dist')

/** In the single file an addon is an asset, and so is what src/bundled.ts finds as files. */
const singleFile = {
  name: 'single-file',
  setup(bundling) {
    bundling.onLoad({ filter: /classic-level\/binding\.js$/ }, () => ({
      loader: 'js',
      resolveDir: dist,
      contents: `
        const { getAsset } = require('node:sea')
        const { addonFolders, loadAddon } = require('./native-addon.js')
        const folders = addonFolders(process.env, process.argv.slice(2))
        module.exports = loadAddon({ name: 'classic-level.node', bytes: new Uint8Array(getAsset('classic-level.node')), folders })`,
    }))
    // Optional parts of ws, in C++.
    bundling.onResolve({ filter: /^(bufferutil|utf-8-validate)$/ }, ({ path }) => ({ path, namespace: 'absent' }))
    bundling.onLoad({ filter: /.*/, namespace: 'absent' }, ({ path }) => ({ contents: `throw new Error('${path} is not in the file')` }))
    bundling.onLoad({ filter: /dist\/bundled\.js$/ }, () => ({
      loader: 'js',
      resolveDir: dist,
      contents: readFileSync(join(dist, 'bundled-file.js'), 'utf8'),
    }))
  },
}

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node24',
  // Names stay, for stack traces. (`keepNames` would call a function for each closure that is made.)
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
  sourcemap: 'external',
  write: false,
}

/** The folders of the packages of which something is in a bundle. */
export const packagesIn = ({ inputs }) =>
  new Set(Object.keys(inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? []))

/** Text and source map of one bundle, the folders of the packages that are in it, and the modules that it needs when it runs. */
const bundled = ({ outputFiles, metafile }) => {
  const [map, code] = ['.map', ''].map((end) => outputFiles.find(({ path }) => path.endsWith('.map') === (end !== '')))
  const needs = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path))
  return { code: code.text, map: map.text, packages: packagesIn(metafile), needs }
}

/** The command as CommonJS, which is what an executable of Node 24 takes; the thread as a module, which a `data:` URL is. */
export const bundle = async () => {
  const main = await build({
    ...common,
    stdin: { contents: "import { main } from './dist/cli/main.js'\nmain()", resolveDir: root, sourcefile: 'fogbell.js' },
    outfile: join(root, 'out/fogbell.cjs'),
    format: 'cjs',
    plugins: [singleFile],
  })
  const worker = await build({
    ...common,
    entryPoints: [join(dist, 'download/worker.js')],
    outfile: join(root, 'out/worker.mjs'),
    format: 'esm',
  })
  return { main: bundled(main), worker: bundled(worker) }
}
