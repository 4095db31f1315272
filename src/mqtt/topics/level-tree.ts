// A tree of paths (topics and filters) by their levels, which filter-tree.ts and topic-tree.ts walk. A sequence of levels without a fork
// is one node, so N paths take at most 2N nodes, however deep. Knows no wildcards: `+` is a level like any other.

import { owned } from '../../owned.ts'

/**
 * A node. Labels never change: a fork makes new nodes, which share `entry` and `children` with the node that they replace. So a walk that
 * is in a replaced node still finds everything below it, under the labels it knows.
 */
export interface Branch<E> {
  /** The levels from its parent to it, as written: `b/c`. */
  readonly label: string
  /** The entry of the path that ends here. */
  entry: E | undefined
  /** By the first level of their labels; never empty. */
  children: Map<string, Branch<E>> | undefined
}

export interface LevelTree<E> {
  readonly root: Branch<E>
  /** Nodes in memory without the root: at most two for a path. */
  readonly nodes: number
  get(path: string): E | undefined
  set(path: string, entry: E): void
  /** Whether there was one. */
  delete(path: string): boolean
}

export const slash = 47

/** Where the level that begins at `at` ends. */
export const levelEnd = (path: string, at: number): number => {
  const end = path.indexOf('/', at)
  return end === -1 ? path.length : end
}

const firstLevel = (label: string): string => label.slice(0, levelEnd(label, 0))

/** Whether a level ends there. */
export const isEnd = (path: string, at: number): boolean => at === path.length || path.charCodeAt(at) === slash

const fits = (label: string, path: string, at: number): boolean => path.startsWith(label, at) && isEnd(path, at + label.length)

/** How many characters of the label, in whole levels, the path has at `at`. The first level is known to match. */
const common = (label: string, path: string, at: number): number => {
  let shared = 0
  for (let here = 0; ; here++) {
    if (isEnd(label, here) && isEnd(path, at + here)) shared = here
    if (here === label.length || label.charCodeAt(here) !== path.charCodeAt(at + here)) return shared
  }
}

/** Forks `node` after the first `length` characters of its label, which end a level. */
const forked = <E>({ label, entry, children }: Branch<E>, length: number): Branch<E> => {
  const below = { label: label.slice(length + 1), entry, children }
  return { label: owned(label.slice(0, length)), entry: undefined, children: new Map([[owned(firstLevel(below.label)), below]]) }
}

const joined = <E>({ label }: Branch<E>, only: Branch<E>): Branch<E> => ({ ...only, label: owned(`${label}/${only.label}`) })

const adopt = <E>(parent: Branch<E>, level: string, child: Branch<E>): void => {
  if (parent.children === undefined) parent.children = new Map([[owned(level), child]])
  else parent.children.set(parent.children.has(level) ? level : owned(level), child)
}

/** Removes a node without an entry and without a fork. Returns how many nodes that removes. */
const settle = <E>(parent: Branch<E>, node: Branch<E>): 0 | 1 => {
  if (node.entry !== undefined || (node.children?.size ?? 0) > 1) return 0
  const [only] = node.children?.values() ?? []
  if (only !== undefined) adopt(parent, firstLevel(node.label), joined(node, only))
  else if (parent.children?.delete(firstLevel(node.label)) === true && parent.children.size === 0) parent.children = undefined
  return 1
}

/** The nodes from the root to the end of the path; undefined: no node ends there. */
const trail = <E>(root: Branch<E>, path: string): readonly Branch<E>[] | undefined => {
  const nodes = [root]
  let node: Branch<E> | undefined = root
  for (let at = 0; at <= path.length; at += node.label.length + 1) {
    node = node.children?.get(path.slice(at, levelEnd(path, at)))
    if (node === undefined || !fits(node.label, path, at)) return undefined
    nodes.push(node)
  }
  return nodes
}

/** Paths must be well-formed Unicode [MQTT-1.5.3-1]. Each operation takes time linear in the lengths of its path and of the label that it forks or joins. */
export const createLevelTree = <E extends object>(): LevelTree<E> => {
  const root: Branch<E> = { label: '', entry: undefined, children: undefined }
  let nodes = 0

  /** The child of `parent` on the path, made if there is none. */
  const childFor = (parent: Branch<E>, path: string, at: number): Branch<E> => {
    const level = path.slice(at, levelEnd(path, at))
    const child = parent.children?.get(level)
    if (child !== undefined && fits(child.label, path, at)) return child
    const made =
      child === undefined ? { label: path.slice(at), entry: undefined, children: undefined } : forked(child, common(child.label, path, at))
    adopt(parent, level, made)
    nodes += 1
    return made
  }

  return {
    root,
    get nodes() {
      return nodes
    },
    get: (path) => trail(root, path)?.at(-1)?.entry,
    set(path, entry) {
      let node = root
      for (let at = 0; at <= path.length; at += node.label.length + 1) node = childFor(node, path, at)
      node.entry = entry
    },
    delete(path) {
      const [node, parent, above] = trail(root, path)?.slice(-3).reverse() ?? []
      if (node?.entry === undefined || parent === undefined) return false
      node.entry = undefined
      nodes -= settle(parent, node)
      if (above !== undefined) nodes -= settle(above, parent)
      return true
    },
  }
}
