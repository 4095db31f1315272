// The npm package: the command bundled with everything that it needs of node_modules, and LevelDB's addons for each platform, so that npm
// has nothing more to fetch and nothing to run.

import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { build } from 'esbuild'
import { bundleServer, moduleOptions, serverBanner } from '../bundle.js'
import { makeArchive } from './archive.js'
import { packagesIn, root } from './bundle.js'
import { licencesOf } from './licences.js'

const dist = join(root, 'dist')

/** CommonJS packages in a module still call `require`. All parts of the bundle are in one folder of the package. */
const banner = `
import { createRequire as requireFrom } from 'node:module'
const require = requireFrom(import.meta.url), packageFolder = new URL('..', import.meta.url)`

/** LevelDB's addon is found by node-gyp-build, as in node_modules: in `prebuilds/` of this package. */
const npmPackage = {
  name: 'npm-package',
  setup(bundling) {
    bundling.onLoad({ filter: /classic-level\/binding\.js$/ }, () => ({
      loader: 'js',
      resolveDir: join(root, 'node_modules/classic-level'),
      contents: "module.exports = require('node-gyp-build')(require('node:url').fileURLToPath(packageFolder))",
    }))
    bundling.onLoad({ filter: /dist\/bundled\.js$/ }, () => ({
      loader: 'js',
      resolveDir: dist,
      contents: readFileSync(join(dist, 'bundled-package.js'), 'utf8'),
    }))
  },
}

/** Parts of ws in C++, which it does without. */
const optional = ['bufferutil', 'utf-8-validate']

const checkImports = ({ outputs }) => {
  const outside = Object.values(outputs).flatMap(({ imports }) => imports.filter(({ external }) => external).map(({ path }) => path))
  const missing = outside.filter((path) => !isBuiltin(path) && !optional.includes(path))
  if (missing.length > 0) throw new Error(`the npm package would need ${[...new Set(missing)].join(', ')}, which is not in it`)
}

/** For the oldest Node.js that runs it. Not minified, so that stack traces need no source map. The folders of the packages in it. */
const bundleInto = async (outdir) => {
  const shared = { absWorkingDir: root, metafile: true, plugins: [npmPackage], external: optional }
  const command = await build({
    ...moduleOptions,
    ...shared,
    entryPoints: { fogbell: join(dist, 'cli/main.js'), worker: join(dist, 'download/worker.js') },
    outdir,
    banner: { js: banner },
  })
  const server = await bundleServer(
    {
      ...shared,
      entryPoints: [join(dist, 'cli/serve-main.js')],
      banner: { js: `${serverBanner}const packageFolder = new URL('..', bundleUrl)` },
    },
    join(outdir, 'serve.cjs'),
  )
  checkImports(command.metafile)
  checkImports(server)
  return new Set([...packagesIn(command.metafile), ...packagesIn(server)])
}

/** Without scripts and dependencies: installing it is unpacking it. */
const describe = ({ name, version, description, license, engines, bin }) => ({
  name,
  version,
  description,
  license,
  type: 'module',
  engines,
  bin,
  keywords: ['mqtt', 'broker', 'ota', 'firmware', 'update', 'iot'],
})

const documents = ['README.md', 'CHANGELOG.md', 'SECURITY.md', 'LICENSE', 'config.example.json', 'docs']
const programs = ['bin/fogbell.js', 'bin/run-built.js', 'bin/code-cache.js', 'bin/cache-name.js', 'bin/node-version.js']

/** Writes `file`, by way of the folder `work`; the folders of the packages that are in it. */
export const makeNpmPackage = async ({ built, work, time, file }) => {
  const folder = join(work, 'package')
  mkdirSync(join(folder, 'bin'), { recursive: true })
  const packages = await bundleInto(join(folder, 'dist'))
  for (const name of [...documents, ...programs]) cpSync(join(root, name), join(folder, name), { recursive: true })
  cpSync(join(dist, 'page.json'), join(folder, 'dist/page.json'))
  cpSync(join(root, 'node_modules/classic-level/prebuilds'), join(folder, 'prebuilds'), { recursive: true })
  const own = describe(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(own, null, 2)}\n`)
  writeFileSync(join(folder, 'dist/built.json'), JSON.stringify(built))
  writeFileSync(join(folder, 'THIRD-PARTY-LICENCES.txt'), licencesOf(packages))
  makeArchive(work, 'package', time, file)
  return packages
}
