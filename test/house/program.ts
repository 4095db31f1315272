// The sources of src/ as TypeScript's checker sees them, with small texts planted beside them that are on no disk. Knows no rule.

import { readdirSync } from 'node:fs'
import { posix, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Node, SourceFile } from 'typescript/unstable/ast'
import { API, type Checker, type Symbol as Named } from 'typescript/unstable/sync'

const root = fileURLToPath(new URL('../..', import.meta.url))
  .split(sep)
  .join('/')
const src = `${root}src`
const folder = 'planted'

export interface SourceProgram {
  readonly checker: Checker
  /** The files of src/ by their paths in it, without those that were planted. */
  readonly sources: ReadonlyMap<string, SourceFile>
  /** What was planted, as `planted/NAME`. */
  readonly planted: ReadonlyMap<string, SourceFile>
  close(): void
}

export type Files = SourceProgram['sources']

interface Names {
  readonly files: string[]
  readonly directories: string[]
}

const namesIn = (directory: string): Names => {
  const entries = readdirSync(directory, { withFileTypes: true })
  return {
    files: entries.filter((entry) => entry.isFile()).map(({ name }) => name),
    directories: [...entries.filter((entry) => entry.isDirectory()).map(({ name }) => name), ...(directory === src ? [folder] : [])],
  }
}

/** The disk with one folder more in src/. */
const withPlanted = (texts: Readonly<Record<string, string>>): ConstructorParameters<typeof API>[0] => {
  const at = `${src}/${folder}`
  const textOf = (path: string): string | undefined => (posix.dirname(path) === at ? texts[posix.basename(path)] : undefined)
  const entriesOf = (path: string): Names | undefined => {
    if (path === at) return { files: Object.keys(texts), directories: [] }
    return path === src ? namesIn(path) : undefined
  }
  const fs = {
    readFile: textOf,
    fileExists: (path: string) => (textOf(path) === undefined ? undefined : true),
    directoryExists: (path: string) => (path === at ? true : undefined),
    getAccessibleEntries: entriesOf,
  }
  return { cwd: root, fs }
}

/** One for each test file: it takes a second or two. `texts`: by file name; they import from `../`. */
export const openProgram = (texts: Readonly<Record<string, string>>): SourceProgram => {
  const api = new API(withPlanted(texts))
  const [project] = api.updateSnapshot({ openProjects: [`${root}tsconfig.build.json`] }).getProjects()
  if (project === undefined) throw new Error('tsconfig.build.json makes no program')
  const { program, checker } = project
  const all = project.rootFiles.flatMap((path) => {
    const file = program.getSourceFile(path)
    return file === undefined ? [] : [[posix.relative(src, path), file] as const]
  })
  const isPlanted = ([path]: readonly [string, SourceFile]): boolean => path.startsWith(`${folder}/`)
  return {
    checker,
    sources: new Map(all.filter((entry) => !isPlanted(entry))),
    planted: new Map(all.filter(isPlanted)),
    close: () => api.close(),
  }
}

export const exportsOf = (checker: Checker, file: SourceFile): readonly Named[] => {
  const module = checker.getSymbolAtLocation(file)
  return module === undefined ? [] : checker.getExportsOfModule(module)
}

/** The node and all nodes within it. */
export const nodesIn = (node: Node): readonly Node[] => {
  const nodes: Node[] = []
  const visit = (each: Node): void => {
    nodes.push(each)
    each.forEachChild(visit)
  }
  visit(node)
  return nodes
}
