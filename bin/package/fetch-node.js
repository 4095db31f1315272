// node bin/package/fetch-node.js MAJOR|file: prints the folder with the program `node` of the pinned Node.js of that major version, or of the
// one in the single file, fetched at first.

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeFor, nodeVersion, nodeVersions } from './node-program.js'

const cache = fileURLToPath(new URL('../../node_modules/.cache/fogbell', import.meta.url))
const [wanted] = process.argv.slice(2)
const version = wanted === 'file' ? nodeVersion : nodeVersions.find((each) => each.split('.')[0] === wanted)
if (version === undefined) {
  process.stderr.write(`fetch-node: no Node.js ${wanted ?? ''} is pinned in bin/package/node.json: ${nodeVersions.join(', ')}\n`)
  process.exitCode = 2
} else process.stdout.write(`${join(nodeFor(process.arch, cache, version), 'bin')}\n`)
