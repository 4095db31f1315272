#!/usr/bin/env node
// Runs what `npm run build` made.
import { existsSync } from 'node:fs'

const main = new URL('../dist/cli/main.js', import.meta.url)
if (existsSync(main)) await (await import(main.href)).main()
else {
  console.error('fogbell is not built: run npm run build first')
  process.exitCode = 1
}
