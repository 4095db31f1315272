// Where packages are written: only what an earlier run has made is removed there.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

interface OutFolder {
  readonly emptied: (folder: string) => void
  readonly madeIn: (folder: string) => readonly string[]
}

test('a folder that has files of its own keeps them', async () => {
  const { emptied, madeIn } = (await import(new URL('../../bin/package/out-folder.js', import.meta.url).href)) as OutFolder
  const folder = mkdtempSync(join(tmpdir(), 'fogbell-out-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const made = [
    'SHA256SUMS',
    'fogbell-0.2.0-linux-x64',
    'fogbell-0.2.0.tgz',
    'fogbell-later.cjs.map',
    'fogbell.cjs.map',
    'fogbell_0.2.0-1_amd64.deb',
    'sbom.cdx.json',
  ]
  const own = ['fogbell-data', 'fogbell.json', 'letters', 'notes.txt']
  for (const name of [...made, 'notes.txt', 'fogbell.json']) writeFileSync(join(folder, name), '')
  for (const name of ['letters', 'fogbell-data']) mkdirSync(join(folder, name))
  expect(madeIn(folder)).toEqual(made)
  emptied(folder)
  expect(readdirSync(folder).sort()).toEqual(own)
  emptied(join(folder, 'new'))
  expect(madeIn(join(folder, 'new'))).toEqual([])
})
