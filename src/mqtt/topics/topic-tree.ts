// Values by topic, found by filter: the index of retained messages. A pure structure; knows no messages. Filters must be valid and topics
// without wildcards; wire/filter.ts checks that.

import { type Branch, createLevelTree, isEnd, levelEnd } from './level-tree.ts'

export interface TopicTree<V> {
  readonly size: number
  /** What the structure takes in memory, in nodes: at most two for a topic. */
  readonly nodes: number
  get(topic: string): V | undefined
  set(topic: string, value: V): void
  /** Whether there was one. */
  delete(topic: string): boolean
  /**
   * What the filter matches, in no particular order; searched lazily, only in branches that can match. The tree may change meanwhile: a topic
   * that stays is returned once, with its current value; one that was deleted is not returned; one that was added may be.
   */
  match(filter: string): IterableIterator<readonly [topic: string, value: V]>
  /** The same, with null now and then while nothing is found: a filter may visit a million branches for one match. */
  scan(filter: string): IterableIterator<readonly [topic: string, value: V] | null>
}

/** `gone`: it was deleted, for a walk that finds it in a node which was replaced meanwhile. */
interface Kept<V> {
  readonly topic: string
  value: V
  gone: boolean
}

const plus = 43
const hash = 35
const dollar = 36

/**
 * Where the filter continues after the levels of `label` (past its end: nothing is left); -1: they do not match. A `#` is never passed,
 * since it matches everything that follows.
 */
const behind = (label: string, filter: string, from: number): number => {
  let at = from
  for (let here = 0; here <= label.length; here++, at++) {
    const first = filter.charCodeAt(at)
    if (first === hash) return at
    const level = label.slice(here, levelEnd(label, here))
    here += level.length
    if (first === plus) at++
    else if (filter.startsWith(level, at) && isEnd(filter, at + level.length)) at += level.length
    else return -1
  }
  return at
}

/** A node that is being walked: where the filter continues after it, and its children that may match. */
interface Step<V> {
  readonly at: number
  readonly children: Iterator<Branch<Kept<V>>>
}

const childrenThatMay = function* <E>(node: Branch<E>, filter: string, at: number, top: boolean): IterableIterator<Branch<E>> {
  if (node.children === undefined || at > filter.length) return
  const first = filter.charCodeAt(at)
  if (first !== plus && first !== hash) {
    const child = node.children.get(filter.slice(at, levelEnd(filter, at)))
    if (child !== undefined) yield child
    return
  }
  // Wildcards at the first level never match topics that start with `$` [MQTT-4.7.2-1].
  for (const child of node.children.values()) if (!(top && child.label.charCodeAt(0) === dollar)) yield child
}

/** After this many branches `scan` returns null once. */
const pauseEvery = 500

/** Walks with its own stack, so that no number of levels overflows it. Visits no node twice. */
const walk = function* <V>(root: Branch<Kept<V>>, filter: string): IterableIterator<readonly [topic: string, value: V] | null> {
  let looked = 0
  const steps: Step<V>[] = [{ at: 0, children: childrenThatMay(root, filter, 0, true) }]
  for (let step = steps.at(-1); step !== undefined; step = steps.at(-1)) {
    const next = step.children.next()
    if (next.done === true) {
      steps.pop()
      continue
    }
    looked += 1
    if (looked % pauseEvery === 0) yield null
    const at = behind(next.value.label, filter, step.at)
    if (at === -1) continue
    const { entry } = next.value
    steps.push({ at, children: childrenThatMay(next.value, filter, at, false) })
    if (entry?.gone === false && (at > filter.length || filter.charCodeAt(at) === hash)) yield [entry.topic, entry.value]
  }
}

export const createTopicTree = <V>(): TopicTree<V> => {
  const tree = createLevelTree<Kept<V>>()
  let size = 0
  return {
    get size() {
      return size
    },
    get nodes() {
      return tree.nodes
    },
    get: (topic) => tree.get(topic)?.value,
    set(topic, value) {
      const kept = tree.get(topic)
      if (kept !== undefined) kept.value = value
      else {
        tree.set(topic, { topic, value, gone: false })
        size += 1
      }
    },
    delete(topic) {
      const kept = tree.get(topic)
      if (kept === undefined) return false
      kept.gone = true
      size -= 1
      return tree.delete(topic)
    },
    *match(filter) {
      for (const found of walk(tree.root, filter)) if (found !== null) yield found
    },
    scan: (filter) => walk(tree.root, filter),
  }
}
