// The single executable: Node.js with the bundles and the addon of LevelDB inside. The same input makes the same bytes.

import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './bundle.js'
import { nodeFor } from './node-program.js'

/** Node.js looks for a blob if the byte behind this text is 1 (its source: node_sea.cc). */
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'

const hostArch = process.arch

/** Of another architecture only some programs can strip. */
const stripPrograms = { x64: ['strip', 'llvm-strip'], arm64: ['aarch64-linux-gnu-strip', 'llvm-strip'] }

/** Debugging symbols are a fifth of it. Before the blob is in it: afterwards the file would be broken. */
const strip = (file, arch) => {
  const programs = arch === hostArch ? stripPrograms.x64 : stripPrograms[arch]
  for (const program of programs) {
    try {
      execFileSync(program, [file], { stdio: ['ignore', 'ignore', 'pipe'] })
      return
    } catch (error) {
      if (error.code !== 'ENOENT') throw error
    }
  }
  throw new Error(`${programs.join(' or ')} is needed for ${arch}: install binutils, binutils-aarch64-linux-gnu or llvm`)
}

/** Built for glibc. */
const addons = { x64: 'classic-level.node', arm64: 'classic-level.armv8.node' }

const writeAll = (folder, files) => {
  mkdirSync(folder, { recursive: true })
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
}

/** The blob by which Node.js starts what is in the file. Without a code cache, which is another one each time it is made. */
const makeBlob = (folder, { later }, cache) => {
  const config = {
    main: 'fogbell.cjs',
    output: 'fogbell.blob',
    disableExperimentalSEAWarning: true,
    useCodeCache: false,
    // As `npm start` has it; NODE_OPTIONS of whoever starts it change nothing.
    execArgv: ['--max-semi-space-size=16'],
    execArgvExtension: 'none',
    assets: {
      [later.name]: later.name,
      'worker.mjs': 'worker.mjs',
      'built.json': 'built.json',
      'page.json': 'page.json',
      'classic-level.node': 'classic-level.node',
    },
  }
  writeFileSync(join(folder, 'sea-config.json'), JSON.stringify(config))
  const node = join(nodeFor(hostArch, cache), 'bin/node')
  execFileSync(node, ['--experimental-sea-config', 'sea-config.json'], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  return join(folder, 'fogbell.blob')
}

/** In a process of its own, whose warnings about notes of the compiler nobody needs. */
const injectBlob = (file, blob) => {
  const postject = join(root, 'node_modules/postject/dist/cli.js')
  execFileSync(process.execPath, [postject, file, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', fuse], { stdio: ['ignore', 'ignore', 'pipe'] })
}

/** Writes the executable to `file`, by way of the folder `work`. */
export const makeExecutable = ({ bundles, built, arch, cache, work, file }) => {
  const { main, later, worker } = bundles
  writeAll(work, { 'fogbell.cjs': main.code, [later.name]: later.code, 'worker.mjs': worker.code, 'built.json': JSON.stringify(built) })
  copyFileSync(join(root, 'dist/page.json'), join(work, 'page.json'))
  copyFileSync(join(root, `node_modules/classic-level/prebuilds/linux-${arch}/${addons[arch]}`), join(work, 'classic-level.node'))
  const blob = makeBlob(work, bundles, cache)
  copyFileSync(join(nodeFor(arch, cache), 'bin/node'), file)
  chmodSync(file, 0o755)
  strip(file, arch)
  injectBlob(file, blob)
}
