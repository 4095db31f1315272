// Before the tests: builds dist/ if a chosen test starts a worker or a process from it and a source is newer than what was built of it.
// A build with type errors still writes its files, so that one room's tests can run while another room does not compile.

import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, type Stats, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'

const root = fileURLToPath(new URL('..', import.meta.url))
const tests = join(root, 'test')

const stat = (file: string): Stats | undefined => statSync(file, { throwIfNoEntry: false })

/** The web page is built into one file. */
const builtOf = (source: string): string => (/^ui[\\/]/.test(source) ? 'page.json' : source.replace(/\.ts$/, '.js'))

const isStale = (source: string): boolean => {
  const built = stat(join(root, 'dist', builtOf(source)))
  const written = stat(join(root, 'src', source))
  return written !== undefined && (built === undefined || built.mtimeMs < written.mtimeMs)
}

const isDistStale = (): boolean =>
  readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:tsx?|css|json|html)$/.test(name) && !name.endsWith('.d.ts'))
    .some(isStale)

/** Whether the test, or what it imports from test/, names a file of dist/, the command, or a script, which may run from dist/. */
const needsDist = (file: string, seen: Set<string>): boolean => {
  if (seen.has(file)) return false
  seen.add(file)
  const text = readFileSync(file, 'utf8')
  if (/\bdist\/|\bbin\/fogbell|\.mjs\b/.test(text)) return true
  return [...text.matchAll(/ from '(\.[^']*)'/g)]
    .map(([, path = '']) => resolve(dirname(file), path))
    .filter((path) => path.startsWith(tests) && stat(path)?.isFile() === true)
    .some((path) => needsDist(path, seen))
}

const buildFor = (files: readonly string[]): void => {
  const seen = new Set<string>()
  if (!files.some((file) => needsDist(file, seen)) || !isDistStale()) return
  const build = spawnSync(process.execPath, [join(root, 'bin/build.js'), '--despite-errors'], {
    cwd: root,
    encoding: 'utf8',
  })
  if (build.status !== 0) process.stderr.write('dist/ was built despite type errors; `npm run types` shows them\n')
}

export const setup = (project: TestProject): void => {
  buildFor(project.vitest.state.getPaths())
  project.onTestsRerun((specifications) => buildFor(specifications.map(({ moduleId }) => moduleId)))
}
