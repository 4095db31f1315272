#!/usr/bin/env node
// Runs what `npm run build` made. An older Node must be able to read this file too, and is refused first: no syntax here that came later.
import { existsSync } from 'node:fs'

const main = new URL('../dist/cli/main.js', import.meta.url)
const found = process.versions.node
const [major, minor] = found.split('.').map(Number)

const fail = (text) => {
  process.stderr.write(`${text}\n`)
  process.exitCode = 1
}

if (major < 20 || (major === 20 && minor < 19))
  fail(`fogbell needs Node 20.19 or later, and this is Node ${found} (${process.execPath}): install a newer one, https://nodejs.org`)
else if (existsSync(main))
  import(main.href).then(
    (command) => command.main(),
    (error) => fail(error instanceof Error ? error.stack : error),
  )
else fail('fogbell is not built: run npm run build first')
