// The package for Debian: the executable, its service, its pages and its completion, as a file of dpkg. The same input makes the same bytes.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, copyFileSync, cpSync, lutimesSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '../bundle.js'
import { pagesOf } from './pages.js'

const debArchitectures = { x64: 'amd64', arm64: 'arm64' }

/** 1.2.3-rc.1 comes before 1.2.3 if it is written 1.2.3~rc.1. The number behind it counts packages of the same version. */
const debVersion = (version) => `${version.replace('-', '~')}-1`

const textOf = (name) => readFileSync(join(root, 'bin/package/deb/files', name), 'utf8')

const fill = (text, values) => text.replaceAll(/@([A-Z]+)@/g, (_, name) => values[name])

const gzip = (text) => execFileSync('gzip', ['-9n'], { input: text, maxBuffer: 1e9 })

/** As changelogs of Debian have it, without depending on the language of this machine. */
const changelogDate = (time) => new Date(time * 1000).toUTCString().replace('GMT', '+0000')

const changelog = (version, time) =>
  `fogbell (${version}) stable; urgency=medium

  * What is new is in changelog.gz beside this file.

 -- Fogbell contributors <maintainers@fogbell.invalid>  ${changelogDate(time)}
`

/** In the form of debian/copyright: paragraphs that are indented, and a point in place of an empty line. */
const copyright = () => {
  const [, holder = '', licence = ''] = /^(Copyright .*)\n\n([\s\S]*)$/m.exec(readFileSync(join(root, 'LICENSE'), 'utf8')) ?? []
  const indented = licence
    .trim()
    .split('\n')
    .map((line) => ` ${line || '.'}`)
  return fill(textOf('copyright'), { HOLDER: holder.replace(/^Copyright( \(c\))?/, 'Copyright:'), LICENCE: indented.join('\n') })
}

const documentation = '/usr/share/doc/fogbell'

/** The texts of the package: path to content. */
const texts = async ({ debianVersion, version, licences, time }) => {
  const { manual, bash, zsh } = await pagesOf(version, time)
  return {
    '/lib/systemd/system/fogbell.service': textOf('fogbell.service'),
    '/etc/fogbell/config.json': textOf('config.json'),
    '/usr/share/lintian/overrides/fogbell': textOf('lintian-overrides'),
    '/usr/share/man/man1/fogbell.1.gz': gzip(manual),
    '/usr/share/bash-completion/completions/fogbell': bash,
    '/usr/share/zsh/vendor-completions/_fogbell': zsh,
    [`${documentation}/copyright`]: copyright(),
    [`${documentation}/changelog.Debian.gz`]: gzip(changelog(debianVersion, time)),
    [`${documentation}/changelog.gz`]: gzip(readFileSync(join(root, 'CHANGELOG.md'))),
    [`${documentation}/THIRD-PARTY.gz`]: gzip(licences),
  }
}

const put = (tree, path, content) => {
  const file = join(tree, path)
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 })
  writeFileSync(file, content, { mode: 0o644 })
}

const putPages = (tree) => {
  const folder = join(tree, documentation)
  cpSync(join(root, 'docs'), join(folder, 'docs'), { recursive: true })
  for (const name of ['README.md', 'SECURITY.md']) copyFileSync(join(root, name), join(folder, name))
  mkdirSync(join(folder, 'examples'))
  copyFileSync(join(root, 'config.example.json'), join(folder, 'examples/config.json'))
}

const putProgram = (tree, program) => {
  mkdirSync(join(tree, 'usr/bin'), { recursive: true })
  copyFileSync(program, join(tree, 'usr/bin/fogbell'))
}

/** All paths below, folders too, relative to the tree. */
const pathsOf = (tree) => readdirSync(tree, { recursive: true }).sort()
const filesOf = (tree) => pathsOf(tree).filter((path) => statSync(join(tree, path)).isFile())

const digests = (tree) =>
  filesOf(tree).map(
    (path) =>
      `${createHash('md5')
        .update(readFileSync(join(tree, path)))
        .digest('hex')}  ${path}\n`,
  )

const scripts = ['preinst', 'postinst', 'prerm', 'postrm']

const putControl = (tree, { debianVersion, arch }) => {
  const sums = digests(tree)
  const size = filesOf(tree).reduce((sum, path) => sum + Math.ceil(statSync(join(tree, path)).size / 1024), 0)
  const values = { VERSION: debianVersion, ARCHITECTURE: debArchitectures[arch], SIZE: size }
  put(tree, 'DEBIAN/control', fill(textOf('control'), values))
  put(tree, 'DEBIAN/md5sums', sums.join(''))
  put(tree, 'DEBIAN/conffiles', '/etc/fogbell/config.json\n')
  for (const name of scripts) put(tree, join('DEBIAN', name), textOf(name))
}

/** Rights and times that depend on neither this machine's umask nor its clock. */
const settle = (tree, time) => {
  for (const path of ['', ...pathsOf(tree)].reverse()) {
    const full = join(tree, path)
    const runs = statSync(full).isDirectory() || path === 'usr/bin/fogbell' || scripts.some((name) => path === join('DEBIAN', name))
    chmodSync(full, runs ? 0o755 : 0o644)
    lutimesSync(full, time, time)
  }
}

/** xz, which dpkg of Debian 10 reads. How many threads it uses does not change the bytes. */
const pack = (tree, file, { level, time }) => {
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(time) }
  try {
    execFileSync('dpkg-deb', ['--root-owner-group', '-Zxz', `-z${level}`, '--build', tree, file], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    throw new Error('dpkg-deb is needed for the Debian package: install dpkg, or give --skip deb')
  }
}

/** Writes the package to the folder `out`, by way of the folder `work`. */
export const makeDeb = async ({ program, version, arch, level, licences, time, work, out }) => {
  const debianVersion = debVersion(version)
  const tree = join(work, `deb-${arch}`)
  const all = await texts({ debianVersion, version, licences, time })
  for (const [path, content] of Object.entries(all)) put(tree, path, content)
  putPages(tree)
  putProgram(tree, program)
  putControl(tree, { debianVersion, arch })
  settle(tree, time)
  pack(tree, join(out, `fogbell_${debianVersion}_${debArchitectures[arch]}.deb`), { level, time })
}
