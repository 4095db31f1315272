// npm run package: the single executable, its archive and its package for Debian for each architecture, their digests, and the bill of
// materials, in out/.
// Usage: npm run package [-- --arch x64|arm64]… [--skip archive|deb]… [--deb-level 0-9]   (default: both, all, 6). SOURCE_DATE_EPOCH is the
// time of everything in it.

import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { digestLines, makeArchive, sourceTime } from './archive.js'
import { bundle, root } from './bundle.js'
import { makeDeb } from './deb/make.js'
import { makeExecutable } from './executable.js'
import { licencesOf } from './licences.js'
import { architectures, nodeFor, nodeVersion } from './node-program.js'
import { sbomOf } from './sbom.js'

const documents = ['README.md', 'CHANGELOG.md', 'LICENSE', 'config.example.json']

const refuseUnknown = (option, given, known) => {
  const unknown = given.find((each) => !known.includes(each))
  if (unknown !== undefined) throw new Error(`${option} ${unknown} is not known: use ${known.join(' or ')}`)
}

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      arch: { type: 'string', multiple: true, default: architectures },
      out: { type: 'string' },
      skip: { type: 'string', multiple: true, default: [] },
      'deb-level': { type: 'string', default: '6' },
    },
  })
  refuseUnknown('--arch', values.arch, architectures)
  refuseUnknown('--skip', values.skip, ['archive', 'deb'])
  refuseUnknown('--deb-level', [values['deb-level']], [...'0123456789'])
  return { archs: values.arch, out: values.out ?? join(root, 'out'), skip: values.skip, level: values['deb-level'] }
}

const packageArch = async (making, arch) => {
  const { bundles, packages, version, skip, level, work, out, cache, time } = making
  const licences = licencesOf(packages, nodeFor(arch, cache), nodeVersion)
  const name = `fogbell-${version}-linux-${arch}`
  const program = join(out, name)
  makeExecutable({ bundles, version, arch, cache, work: join(work, `blob-${arch}`), file: program })
  if (!skip.includes('archive')) packArchive(making, { name, program, licences })
  if (!skip.includes('deb')) await makeDeb({ program, version, arch, level, licences, time, work, out })
}

const packArchive = ({ work, time }, { name, program, licences }) => {
  const folder = join(work, name)
  mkdirSync(folder)
  copyFileSync(program, join(folder, 'fogbell'))
  for (const document of documents) cpSync(join(root, document), join(folder, document))
  writeFileSync(join(folder, 'THIRD-PARTY-LICENCES.txt'), licences)
  makeArchive(work, name, time, `${program}.tar.gz`)
}

const main = async () => {
  const { archs, out, skip, level } = readOptions()
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const work = mkdtempSync(join(tmpdir(), 'fogbell-package-'))
  const cache = join(root, 'node_modules/.cache/fogbell')
  const time = sourceTime(root)
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  try {
    const bundles = await bundle()
    const packages = new Set([...bundles.main.packages, ...bundles.worker.packages])
    for (const arch of archs) await packageArch({ bundles, packages, version, skip, level, work, out, cache, time }, arch)
    writeFileSync(join(out, 'fogbell.cjs.map'), bundles.main.map)
    writeFileSync(join(out, 'sbom.cdx.json'), sbomOf(root, { packages, nodeVersion, time }))
    const made = readdirSync(out).sort()
    writeFileSync(join(out, 'SHA256SUMS'), await digestLines(made.map((file) => join(out, file))))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

await main().catch((error) => {
  process.stderr.write(`package: ${error.message}\n`)
  process.exitCode = 1
})
