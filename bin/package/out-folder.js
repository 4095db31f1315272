// The folder that everything is written to: what an earlier run has made there goes, and nothing else, whatever folder is named.

import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

export const digestFile = 'SHA256SUMS'
const isOurs = (name) => /^fogbell(-\d.*|_\d.*\.deb|(-later)?\.cjs\.map)$/.test(name) || name === digestFile || name === 'sbom.cdx.json'

/** Names of the files in it that are ours, sorted. */
export const madeIn = (folder) => readdirSync(folder).filter(isOurs).sort()

/** Makes it, or removes from it what is ours. */
export const emptied = (folder) => {
  mkdirSync(folder, { recursive: true })
  for (const name of madeIn(folder)) rmSync(join(folder, name))
}
