// The programs of bench/ are not type-checked, and the tests do not run them: what they import must exist, of the server as a built module.

import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What a program imports from files of the project, as paths from its root. */
const importsOf = async (path: string): Promise<readonly string[]> => {
  const text = await readFile(join(root, path), 'utf8')
  return Array.from(text.matchAll(/\b(?:from|import|new URL)\s*\(?\s*'(\.[^']+\.m?[jt]s)'/g), ([, target = '']) =>
    relative(root, join(root, dirname(path), target)),
  )
}

/** A built module has a source of the same name. */
const isThere = (target: string): boolean =>
  target.startsWith('dist/')
    ? existsSync(join(root, target.replace('dist/', 'src/').replace(/\.js$/, '.ts')))
    : existsSync(join(root, target))

test('what the programs of bench/ import exists, and is no source of the server', async () => {
  const programs = (await readdir(join(root, 'bench'), { recursive: true })).filter((name) => name.endsWith('.mjs'))
  expect(programs.length).toBeGreaterThan(40)
  let seen = 0
  const wrong: string[] = []
  for (const name of programs) {
    for (const target of await importsOf(join('bench', name))) {
      seen += 1
      if (target.startsWith('src/') || !isThere(target)) wrong.push(`bench/${name}: ${target}`)
    }
  }
  expect(wrong).toEqual([])
  expect(seen).toBeGreaterThan(150)
})
