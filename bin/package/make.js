// npm run package: the single executable and its archive for each architecture, the npm package, their digests, and the bill of materials, in
// out/.
// Usage: npm run package [-- --arch x64|arm64]… [--only-npm]   (default: both). SOURCE_DATE_EPOCH is the time of everything in it.

import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { digestLines, makeArchive, sourceCommit, sourceTime } from './archive.js'
import { bundle, root } from './bundle.js'
import { makeExecutable } from './executable.js'
import { licencesOf, nodeLicence } from './licences.js'
import { architectures, nodeFor, nodeVersion } from './node-program.js'
import { makeNpmPackage } from './npm-package.js'
import { sbomOf } from './sbom.js'

const documents = ['README.md', 'CHANGELOG.md', 'LICENSE', 'config.example.json']

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      arch: { type: 'string', multiple: true, default: architectures },
      out: { type: 'string' },
      'only-npm': { type: 'boolean', default: false },
    },
  })
  const unknown = values.arch.find((arch) => !architectures.includes(arch))
  if (unknown !== undefined) throw new Error(`--arch ${unknown} is not known: use ${architectures.join(' or ')}`)
  return { archs: values.arch, out: values.out ?? join(root, 'out'), onlyNpm: values['only-npm'] }
}

const packageArch = (making, arch) => {
  const { bundles, packages, built, work, out, cache, time } = making
  const name = `fogbell-${built.version}-linux-${arch}`
  const program = join(out, name)
  makeExecutable({ bundles, built, arch, cache, work: join(work, `blob-${arch}`), file: program })
  const folder = join(work, name)
  mkdirSync(folder)
  copyFileSync(program, join(folder, 'fogbell'))
  for (const document of documents) cpSync(join(root, document), join(folder, document))
  writeFileSync(join(folder, 'THIRD-PARTY-LICENCES.txt'), licencesOf(packages, nodeLicence(nodeFor(arch, cache), nodeVersion)))
  makeArchive(work, name, time, `${program}.tar.gz`)
}

/** What is made for each architecture; the packages that are in it. */
const makeFiles = async (making, archs) => {
  const bundles = await bundle()
  const packages = new Set([...bundles.main.packages, ...bundles.worker.packages])
  for (const arch of archs) packageArch({ ...making, bundles, packages }, arch)
  writeFileSync(join(making.out, 'fogbell.cjs.map'), bundles.main.map)
  return packages
}

const makeAll = async (making, { archs, onlyNpm }) => {
  const { out, work, built, time } = making
  const packages = onlyNpm ? new Set() : await makeFiles(making, archs)
  const file = join(out, `fogbell-${built.version}.tgz`)
  for (const each of await makeNpmPackage({ built, work: join(work, 'npm'), time, file })) packages.add(each)
  writeFileSync(join(out, 'sbom.cdx.json'), sbomOf(root, { packages, nodeVersion, time }))
  const made = readdirSync(out).sort()
  writeFileSync(join(out, 'SHA256SUMS'), await digestLines(made.map((each) => join(out, each))))
}

const main = async () => {
  const options = readOptions()
  const { out } = options
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const work = mkdtempSync(join(tmpdir(), 'fogbell-package-'))
  const time = sourceTime(root)
  const built = { version, builtFrom: { commit: sourceCommit(root), time: new Date(time * 1000).toISOString() } }
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  try {
    await makeAll({ built, work, out, cache: join(root, 'node_modules/.cache/fogbell'), time }, options)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

await main().catch((error) => {
  process.stderr.write(`package: ${error.message}\n`)
  process.exitCode = 1
})
