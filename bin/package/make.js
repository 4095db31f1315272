// npm run package: the single executable, its archive and its package for Debian for each architecture, the npm package, their digests, and
// the bill of materials, in out/.
// Usage: npm run package [-- --arch x64|arm64]… [--skip archive|deb|npm]… [--only-npm] [--deb-level 0-9]   (default: both, all, 6).
// SOURCE_DATE_EPOCH is the time of everything in it.

import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { digestLines, makeArchive, sourceCommit, sourceTime } from './archive.js'
import { bundle, root } from './bundle.js'
import { makeDeb } from './deb/make.js'
import { makeExecutable } from './executable.js'
import { licencesOf, nodeLicence } from './licences.js'
import { architectures, nodeFor, nodeVersion } from './node-program.js'
import { makeNpmPackage } from './npm-package.js'
import { digestFile, emptied, madeIn } from './out-folder.js'
import { sbomOf } from './sbom.js'

const documents = ['README.md', 'CHANGELOG.md', 'SECURITY.md', 'LICENSE', 'config.example.json', 'docs']

const refuseUnknown = (option, given, known) => {
  const unknown = given.find((each) => !known.includes(each))
  if (unknown !== undefined) throw new Error(`${option} ${unknown} is not known: use ${known.join(' or ')}`)
}

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      arch: { type: 'string', multiple: true, default: architectures },
      out: { type: 'string' },
      'only-npm': { type: 'boolean', default: false },
      skip: { type: 'string', multiple: true, default: [] },
      'deb-level': { type: 'string', default: '6' },
    },
  })
  refuseUnknown('--arch', values.arch, architectures)
  refuseUnknown('--skip', values.skip, ['archive', 'deb', 'npm'])
  refuseUnknown('--deb-level', [values['deb-level']], [...'0123456789'])
  const { arch: archs, out = join(root, 'out'), skip, 'deb-level': level, 'only-npm': onlyNpm } = values
  return { archs, out, skip, level, onlyNpm }
}

const packageArch = async (making, arch) => {
  const { bundles, packages, built, skip, level, work, out, cache, time } = making
  const { version } = built
  const licences = licencesOf(packages, nodeLicence(nodeFor(arch, cache), nodeVersion))
  const name = `fogbell-${version}-linux-${arch}`
  const program = join(out, name)
  makeExecutable({ bundles, built, arch, cache, work: join(work, `blob-${arch}`), file: program })
  if (!skip.includes('archive')) packArchive(making, { name, program, licences })
  if (!skip.includes('deb')) await makeDeb({ program, version, arch, level, licences, time, work, out })
}

const packArchive = ({ work, time }, { name, program, licences }) => {
  const folder = join(work, name)
  mkdirSync(folder)
  copyFileSync(program, join(folder, 'fogbell'))
  for (const document of documents) cpSync(join(root, document), join(folder, document), { recursive: true })
  writeFileSync(join(folder, 'THIRD-PARTY-LICENCES.txt'), licences)
  makeArchive(work, name, time, `${program}.tar.gz`)
}

/** What is made for each architecture; the packages that are in it. */
const makeFiles = async (making, archs) => {
  const bundles = await bundle()
  const packages = new Set(Object.values(bundles).flatMap(({ packages: each }) => [...each]))
  for (const arch of archs) await packageArch({ ...making, bundles, packages }, arch)
  writeFileSync(join(making.out, 'fogbell.cjs.map'), bundles.main.map)
  writeFileSync(join(making.out, `${bundles.later.name}.map`), bundles.later.map)
  return packages
}

const makeAll = async (making, { archs, onlyNpm }) => {
  const { out, work, built, skip, time } = making
  const packages = onlyNpm ? new Set() : await makeFiles(making, archs)
  const npm = { built, work: join(work, 'npm'), time, file: join(out, `fogbell-${built.version}.tgz`) }
  if (!skip.includes('npm')) for (const each of await makeNpmPackage(npm)) packages.add(each)
  writeFileSync(join(out, 'sbom.cdx.json'), sbomOf(root, { packages, nodeVersion, time }))
  const made = madeIn(out)
  writeFileSync(join(out, digestFile), await digestLines(made.map((each) => join(out, each))))
}

const sizeOf = (file) => `${(statSync(file).size / 1e6).toFixed(1)} MB`.padStart(8)

const main = async () => {
  const options = readOptions()
  const { out } = options
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const work = mkdtempSync(join(tmpdir(), 'fogbell-package-'))
  const time = sourceTime(root)
  const built = { version, builtFrom: { commit: sourceCommit(root), time: new Date(time * 1000).toISOString() } }
  emptied(out)
  try {
    await makeAll(
      { built, work, out, cache: join(root, 'node_modules/.cache/fogbell'), time, skip: options.skip, level: options.level },
      options,
    )
    for (const name of madeIn(out)) process.stdout.write(`${sizeOf(join(out, name))}  ${join(out, name)}\n`)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

await main().catch((error) => {
  process.stderr.write(`package: ${error.message}\n`)
  process.exitCode = 1
})
