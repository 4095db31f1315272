// The licences of everything in the file: Node.js, and each package that was bundled. A package without one is a fault.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './bundle.js'

/** Some packages have no file and only say which licence it is; the text of MIT is the same for all. */
const mit = readFileSync(join(root, 'LICENSE'), 'utf8').replace(/^[\s\S]*?(?=Permission is hereby granted)/, '')

const textOf = (folder, { name, license, author }) => {
  const file = readdirSync(folder).find((each) => /^(licen[cs]e|copying)(\.|-|$)/i.test(each))
  if (file !== undefined) return readFileSync(join(folder, file), 'utf8').trim()
  if (license !== 'MIT') throw new Error(`${name} has no file with its licence (${license})`)
  const holder = typeof author === 'object' ? author.name : author
  return `The MIT License\n\nCopyright (c) ${holder ?? `the authors of ${name}`}\n\n${mit.trim()}`
}

const packageText = (path) => {
  const folder = join(root, path)
  const described = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return `${described.name} ${described.version}\n\n${textOf(folder, described)}`
}

/** That of the program of Node.js in a folder. */
export const nodeLicence = (folder, version) => `Node.js ${version}\n\n${readFileSync(join(folder, 'LICENSE'), 'utf8').trim()}`

/** One text for all of them, `others` first. */
export const licencesOf = (packages, ...others) =>
  `${[...others, ...[...packages].sort().map(packageText)].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`
