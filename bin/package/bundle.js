// Bundles dist/ and what it needs of node_modules into three files: the command, what it loads later, and the thread of downloads. Knows no executable.

import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { mustBeAscii } from '../bundle.js'
import { lateModules } from '../late-modules.js'

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

/**
 * What a command needs only when it runs (`import()` in its sources) is a text of its own, which most commands never read: V8 would look through
 * all of it at each start. The modules that both need are in the command, and are handed over.
 */
const laterFile = 'fogbell-later.cjs'

/** From the root of the tree, with `/`. */
const nameOf = (path) => relative(root, path).replaceAll('\\', '/')

const ownModule = /^dist\/.*\.js$/

/** Puts what is imported with `import()` into `later`, and a call in its place. `handed`: the modules that are handed over. */
const commandAlone = (later, handed) => ({
  name: 'command-alone',
  setup(bundling) {
    bundling.onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined
      const name = nameOf(join(resolveDir, path))
      later.add(name)
      return { path: name, namespace: 'later' }
    })
    bundling.onLoad({ filter: /.*/, namespace: 'later' }, ({ path }) => ({
      resolveDir: root,
      contents: `module.exports = require('fogbell:later').part(${JSON.stringify(path)})`,
    }))
    bundling.onResolve({ filter: /^fogbell:later$/ }, ({ path }) => ({ path, namespace: 'parts' }))
    bundling.onLoad({ filter: /.*/, namespace: 'parts' }, () => ({
      resolveDir: root,
      contents: `
        import { getRawAsset } from 'node:sea'
        import { Script } from 'node:vm'
        ${handed.map((name, at) => `import * as handed${at} from ${JSON.stringify(`./${name}`)}`).join('\n')}
        const handed = { ${handed.map((name, at) => `${JSON.stringify(name)}: handed${at}`).join(', ')} }
        const text = Buffer.from(getRawAsset(${JSON.stringify(laterFile)})).latin1Slice()
        const parts = { exports: {} }
        new Script(text, { filename: ${JSON.stringify(laterFile)} }).runInThisContext()(parts, require, handed)
        export const part = (name) => parts.exports[name]()`,
    }))
  },
})

/** Takes what is handed over by the command, each value once: what is exported with `let` could have another one later. */
const withHanded = (handed) => ({
  name: 'handed-over',
  setup(bundling) {
    bundling.onLoad({ filter: /\.js$/ }, async ({ path }) => {
      const name = nameOf(path)
      if (!handed.includes(name)) return undefined
      if (/^export let /m.test(readFileSync(path, 'utf8'))) throw new Error(`${name} is in two bundles: export no \`let\` from it`)
      const names = Object.keys(await import(pathToFileURL(path).href))
      return { loader: 'js', contents: `export const { ${names.join(', ')} } = handed[${JSON.stringify(name)}]` }
    })
  },
})

const commandWith = (handed, later) =>
  build({
    ...common,
    stdin: { contents: "import { main } from './dist/cli/main.js'\nmain()", resolveDir: root, sourcefile: 'fogbell.js' },
    outfile: join(root, 'out/fogbell.cjs'),
    format: 'cjs',
    plugins: [commandAlone(later, handed), singleFile, lateModules],
  })

const laterWith = (handed, later) =>
  build({
    ...common,
    stdin: {
      contents: `module.exports = { ${[...later]
        .sort()
        .map((name) => `${JSON.stringify(name)}: () => require(${JSON.stringify(`./${name}`)})`)
        .join(', ')} }`,
      resolveDir: root,
      sourcefile: 'later.js',
    },
    outfile: join(root, 'out', laterFile),
    format: 'cjs',
    // It is a text that Node.js has no loader for.
    supported: { 'dynamic-import': false },
    banner: { js: '(function (module, require, handed) {' },
    footer: { js: '})' },
    plugins: [withHanded(handed), singleFile, lateModules],
  })

/**
 * The command as CommonJS, which is what an executable of Node 24 takes, and what it loads later; the thread as a module, which a `data:` URL is.
 */
export const bundle = async () => {
  const later = new Set()
  const { metafile } = await commandWith([], later)
  const handed = Object.keys(metafile.inputs)
    .filter((path) => ownModule.test(path))
    .sort()
  const [main, rest, worker] = await Promise.all([
    commandWith(handed, later),
    laterWith(handed, later),
    build({ ...common, entryPoints: [join(dist, 'download/worker.js')], outfile: join(root, 'out/worker.mjs'), format: 'esm' }),
  ])
  for (const { outputFiles } of [main, rest]) for (const { path, contents } of outputFiles) if (path.endsWith('.cjs')) mustBeAscii(contents)
  return { main: bundled(main), later: { ...bundled(rest), name: laterFile }, worker: bundled(worker) }
}
