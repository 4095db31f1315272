// The software bill of materials in CycloneDX: what of node_modules is in the file, and which Node.js.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const purl = (version) => `pkg:generic/node@${version}`

const refOf = (root, path) => {
  const { name, version } = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'))
  return `${name}@${version}`
}

/** As text, of the folders in `packages`. npm writes a random number and the time into it, which would make each one another. */
export const sbomOf = (root, { packages, nodeVersion, time }) => {
  const made = execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev'], { cwd: root, encoding: 'utf8', maxBuffer: 1e8 })
  const { serialNumber: _serialNumber, ...sbom } = JSON.parse(made)
  const inside = new Set([...packages].map((path) => refOf(root, path)))
  const isInside = (component) => inside.has(component['bom-ref'])
  const node = { type: 'application', 'bom-ref': `node@${nodeVersion}`, name: 'node', version: nodeVersion, purl: purl(nodeVersion) }
  const components = [...sbom.components.filter(isInside), node]
  const known = new Set([sbom.metadata.component['bom-ref'], ...components.map((component) => component['bom-ref'])])
  const dependencies = sbom.dependencies
    .filter(({ ref }) => known.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((each) => known.has(each)) }))
  // npm names it by its folder.
  const component = { ...sbom.metadata.component, name: 'fogbell', type: 'application' }
  const metadata = { ...sbom.metadata, component, timestamp: new Date(time * 1000).toISOString() }
  return `${JSON.stringify({ ...sbom, metadata, components, dependencies }, null, 2)}\n`
}
