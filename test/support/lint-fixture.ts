// A tree of planted files, linted with the settings of this repository. Knows no rule and no wall.

import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const settings = ['biome.json', 'biome.walls.json', '.oxlintrc.json', 'oxlint.walls.json', '.gitignore', 'package.json', 'tsconfig.json']

export interface Finding {
  readonly path: string
  /** From 1; 0 where the linter gives none. */
  readonly line: number
  readonly rule: string
}

export interface LintFixture {
  /** `only`: one rule, for instance `style/noRestrictedImports`. */
  biome(only?: string): readonly Finding[]
  /** `only`: of this rule, as the report names it. */
  oxlint(only?: string): readonly Finding[]
  remove(): void
}

export const createLintFixture = (files: Readonly<Record<string, string>>): LintFixture => {
  const tree = mkdtempSync(join(tmpdir(), 'fogbell-planted-'))
  for (const name of settings) copyFileSync(join(root, name), join(tree, name))
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'), 'junction')
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true })
    writeFileSync(join(tree, path), `${text}\n`)
  }
  const run = (tool: string, args: readonly string[]): string =>
    spawnSync(join(root, 'node_modules/.bin', tool), args, {
      cwd: tree,
      encoding: 'utf8',
      maxBuffer: 1e8,
      shell: process.platform === 'win32',
    }).stdout
  return {
    biome(only) {
      const report: { diagnostics: { category: string; severity: string; location: { path: string; start?: { line: number } } }[] } =
        JSON.parse(
          run('biome', ['lint', '--reporter=json', '--max-diagnostics=none', ...(only === undefined ? [] : [`--only=${only}`]), '.']),
        )
      return report.diagnostics
        .filter(({ severity }) => severity === 'error')
        .map(({ category, location }) => ({ path: location.path, line: location.start?.line ?? 0, rule: category }))
    },
    oxlint(only) {
      const types = only === undefined ? ['--type-aware'] : []
      const report: { diagnostics: { code: string; filename: string; labels: { span: { line: number } }[] }[] } = JSON.parse(
        run('oxlint', [...types, '--deny-warnings', '-f', 'json', 'src']),
      )
      return report.diagnostics
        .map(({ code, filename, labels }) => ({ path: filename, line: labels[0]?.span.line ?? 0, rule: code }))
        .filter(({ rule }) => only === undefined || rule === only)
    },
    remove: () => rmSync(tree, { recursive: true }),
  }
}
