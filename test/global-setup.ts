// Before the tests: builds dist/ if any source is newer than what was built of it, for tests that start workers or processes.
// A build with type errors still writes its files, so that one room's tests can run while another room is in pieces.

import { spawnSync } from 'node:child_process'
import { readdirSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

const stat = (file: string): Stats | undefined => statSync(file, { throwIfNoEntry: false })

const isStale = (source: string): boolean => {
  const built = stat(join(root, 'dist', source.replace(/\.ts$/, '.js')))
  const written = stat(join(root, 'src', source))
  return written !== undefined && (built === undefined || built.mtimeMs < written.mtimeMs)
}

export const setup = (): void => {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.d.ts'),
  )
  if (!sources.some(isStale)) return
  const build = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
    cwd: root,
    encoding: 'utf8',
  })
  if (build.status !== 0) process.stderr.write('dist/ was built in spite of type errors; `npm run types` shows them\n')
}
