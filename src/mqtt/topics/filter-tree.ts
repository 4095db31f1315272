// Subscriptions, found by topic. A pure structure: no clients, packets or rights. Filters must be valid and topics without wildcards;
// wire/filter.ts checks that.

import { isWild } from '../wire/filter.ts'
import type { Qos } from '../wire/packets.ts'
import { type Branch, createLevelTree, isEnd, levelEnd, slash } from './level-tree.ts'

export interface FilterTree<S> {
  /** Subscriptions: pairs of filter and subscriber. */
  readonly size: number
  /** How often a subscription was made, changed or removed: while it stays, so do all matches. */
  readonly changes: number
  /** What the structure takes in memory, in nodes: at most two for each different filter. */
  readonly nodes: number
  /** True: new for this subscriber. Otherwise its QoS is replaced. */
  add(filter: string, subscriber: S, qos: Qos): boolean
  /** Whether there was one. */
  remove(filter: string, subscriber: S): boolean
  /** Each subscriber once, with the highest QoS of all its filters that match [MQTT-3.3.5-1]. Later changes do not affect the result. */
  match(topic: string): ReadonlyMap<S, Qos>
  /** Whether any subscriber other than `except` matches. */
  has(topic: string, except?: S | null): boolean
}

/** The subscribers of one filter: most filters have one, which needs no map. A map that `match` returned (`lent`) is copied before it changes. */
interface Audience<S> {
  /** While it is alone. */
  only: S | null
  /** Of the only one. */
  qos: Qos
  several: Map<S, Qos> | null
  lent: boolean
}

const plus = 43
const hash = 35
const dollar = 36

/**
 * Where the topic continues after the levels of `label` (past its end: nothing is left); -1: they do not match.
 * `#` matches all that is left, or nothing: `a/#` matches `a`.
 */
const behind = (label: string, topic: string, from: number): number => {
  let at = from
  for (let here = 0; here < label.length; here++) {
    const sign = label.charCodeAt(here)
    if (sign === hash) return topic.length + 1
    if (sign === topic.charCodeAt(at)) at++
    else if (sign === plus && at <= topic.length) at = levelEnd(topic, at)
    else return at === topic.length && label.charCodeAt(here) === slash && label.charCodeAt(here + 1) === hash ? at + 1 : -1
  }
  return isEnd(topic, at) ? at + 1 : -1
}

/**
 * Walks the wildcard filters that match. No node is visited twice in a walk and none whose levels do not match, so a walk takes at most
 * (nodes on the path of the topic) x (length of the topic), whatever the filters are. The next walk reuses its memory.
 */
const createWalk = <E>(root: Branch<E>, found: E[]) => {
  const nodes: Branch<E>[] = []
  const starts: number[] = []

  const reach = (child: Branch<E> | undefined, topic: string, at: number): void => {
    if (child === undefined) return
    const start = behind(child.label, topic, at)
    if (start === -1) return
    nodes.push(child)
    starts.push(start)
  }

  /** `hidden`: wildcards do not match here [MQTT-4.7.2-1]. */
  const follow = (children: ReadonlyMap<string, Branch<E>>, topic: string, at: number, hidden: boolean): void => {
    const one = hidden ? undefined : children.get('+')
    const rest = hidden ? undefined : children.get('#')
    reach(one, topic, at)
    reach(rest, topic, at)
    if (at > topic.length) return
    const named = children.get(topic.slice(at, levelEnd(topic, at)))
    if (named !== one && named !== rest) reach(named, topic, at)
  }

  /** Adds what matches to `found`, until it has `enough` elements. */
  return (topic: string, enough: number): void => {
    let at = 0
    for (let node: Branch<E> | undefined = root; node !== undefined && found.length < enough; node = nodes.pop()) {
      at = node === root ? 0 : (starts.pop() ?? 0)
      if (node.entry !== undefined && at > topic.length) found.push(node.entry)
      if (node.children !== undefined) follow(node.children, topic, at, node === root && topic.charCodeAt(0) === dollar)
    }
    if (nodes.length > 0) nodes.length = starts.length = 0
  }
}

/** The subscribers of all of them, each with its highest QoS. */
const union = <S>(audiences: readonly Audience<S>[]): ReadonlyMap<S, Qos> => {
  const highest = new Map<S, Qos>()
  for (const audience of audiences) {
    for (const [subscriber, qos] of lend(audience)) {
      const before = highest.get(subscriber)
      if (before === undefined || before < qos) highest.set(subscriber, qos)
    }
  }
  return highest
}

const lend = <S>(audience: Audience<S>): ReadonlyMap<S, Qos> => {
  if (audience.several === null) return new Map([[audience.only as S, audience.qos]])
  audience.lent = true
  return audience.several
}

const qosIn = <S>({ only, qos, several }: Audience<S>, subscriber: S): Qos | undefined =>
  several === null ? (only === subscriber ? qos : undefined) : several.get(subscriber)

const join = <S>(audience: Audience<S>, subscriber: S, qos: Qos): void => {
  const { only, several } = audience
  if (several === null && only === subscriber) audience.qos = qos
  else if (several === null) {
    audience.several = new Map([
      [only as S, audience.qos],
      [subscriber, qos],
    ])
    audience.only = null
  } else {
    if (audience.lent) audience.several = new Map(several)
    audience.lent = false
    audience.several?.set(subscriber, qos)
  }
}

/** Of at least two. */
const leave = <S>(audience: Audience<S>, several: Map<S, Qos>, subscriber: S): void => {
  const left = audience.lent ? new Map(several) : several
  left.delete(subscriber)
  audience.lent = false
  audience.several = left
  const [last] = left
  if (left.size > 1 || last === undefined) return
  const [only, qos] = last
  Object.assign(audience, { only, qos, several: null })
}

export const createFilterTree = <S>(): FilterTree<S> => {
  const exact = new Map<string, Audience<S>>()
  const wild = createLevelTree<Audience<S>>()
  const found: Audience<S>[] = []
  const walk = createWalk(wild.root, found)
  const none: ReadonlyMap<S, Qos> = new Map()
  const holderOf = (filter: string) => (isWild(filter) ? wild : exact)
  let size = 0
  let changes = 0

  const find = (topic: string, enough: number): void => {
    const same = exact.get(topic)
    if (same !== undefined) found.push(same)
    if (wild.nodes > 0) walk(topic, enough)
  }

  return {
    get size() {
      return size
    },
    get changes() {
      return changes
    },
    get nodes() {
      return exact.size + wild.nodes
    },
    add(filter, subscriber, qos) {
      changes += 1
      const holder = holderOf(filter)
      const audience = holder.get(filter)
      const before = audience === undefined ? undefined : qosIn(audience, subscriber)
      if (audience === undefined) holder.set(filter, { only: subscriber, qos, several: null, lent: false })
      else if (before !== qos) join(audience, subscriber, qos)
      if (before === undefined) size += 1
      return before === undefined
    },
    remove(filter, subscriber) {
      const holder = holderOf(filter)
      const audience = holder.get(filter)
      if (audience === undefined || qosIn(audience, subscriber) === undefined) return false
      changes += 1
      if (audience.several === null) holder.delete(filter)
      else leave(audience, audience.several, subscriber)
      size -= 1
      return true
    },
    match(topic) {
      find(topic, Number.POSITIVE_INFINITY)
      const [first, second] = found
      if (first === undefined) return none
      const matched = second === undefined ? lend(first) : union(found)
      found.length = 0
      return matched
    },
    has(topic, except = null) {
      find(topic, except === null ? 1 : Number.POSITIVE_INFINITY)
      let others = false
      for (const { only, several } of found) others ||= except === null || several !== null || only !== except
      found.length = 0
      return others
    },
  }
}
