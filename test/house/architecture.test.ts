// docs/architecture.md names every part of src/, and its drawing of `wake` has the arrows that the code has.

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { pageText } from '../support/page-samples.ts'

const src = fileURLToPath(new URL('../../src/', import.meta.url))
const page = pageText('docs/architecture.md')
const section = (from: string, to: string): string => page.split(from)[1]?.split(to)[0] ?? ''

test('every folder and file of src/ is in the table of rooms', () => {
  const rooms = section('## Rooms', '## Walls')
  const missing = readdirSync(src, { withFileTypes: true })
    .map((entry) => (entry.isDirectory() ? `src/${entry.name}/` : `src/${entry.name}`))
    .filter((path) => !rooms.includes(`\`${path}\``))
  expect(missing).toEqual([])
})

test('every file and folder of mqtt/ is in its table', () => {
  const where = section('Where to look in `mqtt/`', '`wire` and `listen` know none')
  const missing = readdirSync(`${src}mqtt`, { withFileTypes: true })
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .filter((name) => !where.includes(`\`${name}\``))
  expect(missing).toEqual([])
})

const isFile = (path: string): boolean => /\.tsx?$/.test(path)
/** The files of src/, as paths below it. */
const files = readdirSync(src, { recursive: true }).map(String).filter(isFile)

test('every file that the page names exists', () => {
  const named = [...new Set([...page.matchAll(/`([\w/.-]+\.ts)`/g)].map(([, path = '']) => path))]
  expect(named.length).toBeGreaterThan(50)
  const known = [
    ...files.map((path) => `src/${path}`),
    ...readdirSync(`${src}../test`, { recursive: true }).map((path) => `test/${String(path)}`),
  ]
  expect(named.filter((path) => !known.some((file) => file === path || file.endsWith(`/${path}`)))).toEqual([])
})

/** The place in the drawing: a file of its own, or the folder `devices`. */
const placeOf = (path: string): string => path.replace(/^ota\//, '').replace(/^devices\/.*/, 'devices/')

test('the drawing of wake has an arrow for each request, and no other', () => {
  const asked = files
    .filter((path) => path.startsWith('ota/') && path !== 'ota/wake.ts')
    .flatMap((path) =>
      [...readFileSync(`${src}${path}`, 'utf8').matchAll(/\bwake\.(turn|plan|decide|rematch)\b/g)].map(
        ([, kind = '']) => `${placeOf(path)} ${kind}`,
      ),
    )
  const drawn = [...section('### Wake', '### Offers').matchAll(/^ {2}\w+\[([\w/.-]+)[^\]]*\] -- (.*) --> wake/gm)].flatMap(
    ([, place = '', kinds = '']) => kinds.split(', ').map((kind) => `${place} ${kind}`),
  )
  expect(drawn.sort()).toEqual([...new Set(asked)].sort())
})
