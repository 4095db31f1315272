// The audit: lines that are only ever appended, each with the hash of the one before. Whoever changes or removes a line leaves a chain that
// does not fit, unless all later lines are written anew; a head that was noted elsewhere shows that too.

import type { Log } from '../log.ts'
import type { AuditAct, AuditFault, AuditLine, AuditQuery, AuditTrail, AuditVerdict } from '../ota/ports/access.ts'
import type { Batches } from '../ota/ports/store.ts'
import { auditHeadKey, auditKey, auditPrefix, auditRange, rangeOf } from './access-keys.ts'
import { type AccessWriter, type Lines, noStep, type WriteStep } from './access-writer.ts'
import { lineHash, lineOf, type StoredLine, seqOf } from './audit-lines.ts'

/** Before the first line. */
export const noHash = '0'.repeat(64)

interface Head {
  readonly seq: number
  readonly hash: string
}

export const headText = ({ seq, hash }: Head): string => `${seq}:${hash}`

/** As it was noted with the last line; without a note the last line, whatever it looks like. */
export const readHead = async (batches: Pick<Batches, 'range' | 'get'>): Promise<Head> => {
  const [, seq, hash] = /^(\d+):([0-9a-f]{64})$/.exec((await batches.get(auditHeadKey)) ?? '') ?? []
  if (seq !== undefined && hash !== undefined) return { seq: Number(seq), hash }
  let head: Head = { seq: 0, hash: noHash }
  for await (const [key, text] of batches.range(...rangeOf(auditPrefix))) {
    const last = seqOf(key)
    if (last !== null) head = { seq: last, hash: lineOf(text)?.line.hash ?? noHash }
  }
  return head
}

export interface Chain extends Lines {
  readonly head: () => Head
}

export const createChain = (first: Head, now: () => number): Chain => {
  let head = first
  return {
    head: () => head,
    append(act): WriteStep {
      const before = head
      const seq = before.seq + 1
      const text = JSON.stringify({ seq, at: now(), ...act, prev: before.hash })
      head = { seq, hash: lineHash(text) }
      const value = JSON.stringify({ hash: head.hash, text } satisfies StoredLine)
      return {
        ops: [
          { type: 'put', key: auditKey(seq), value },
          { type: 'put', key: auditHeadKey, value: headText(head) },
        ],
        undo: () => {
          head = before
        },
        act: null,
      }
    },
  }
}

const passes = (line: AuditLine, { name, act, subject, since, until }: AuditQuery): boolean =>
  (name === undefined || line.name === name) &&
  (act === undefined || line.act === act) &&
  (subject === undefined || line.subject?.startsWith(subject) === true) &&
  (since === undefined || line.at >= since) &&
  (until === undefined || line.at < until)

const pieceLines = 500

/** Newest first, though the disk is read forwards: piece by piece from the end. */
const find = async (batches: Pick<Batches, 'range'>, head: Head, query: AuditQuery) => {
  const items: AuditLine[] = []
  let end = Math.min(query.before, head.seq + 1)
  while (end > 1) {
    const begin = Math.max(0, end - 1 - pieceLines)
    const piece: AuditLine[] = []
    for await (const [, text] of batches.range(...auditRange(begin, end))) {
      const found = lineOf(text)
      if (found !== null && passes(found.line, query)) piece.push(found.line)
    }
    items.push(...piece.reverse())
    if (items.length > query.limit) break
    end = begin + 1
  }
  const page = items.slice(0, query.limit)
  return { items: page, next: items.length > query.limit ? (page.at(-1)?.seq ?? null) : null }
}

/** A head that was noted, as `SEQ:HASH` or the hash alone. */
const notedHead = (text: string): { readonly seq: number | null; readonly hash: string } => {
  const [seq, hash] = text.includes(':') ? text.split(':', 2) : [null, text]
  return { seq: seq === null ? null : Number(seq), hash: (hash ?? '').toLowerCase() }
}

/** One line after the other; `hash` null: that of a line that cannot be read. */
interface Walk {
  lines: number
  seq: number
  hash: string | null
  readonly faults: AuditFault[]
}

const walkOn = (walk: Walk, seq: number, text: string): void => {
  const found = lineOf(text)
  const { faults, hash } = walk
  const follows = seq === walk.seq + 1
  if (!follows) faults.push({ kind: 'missing', from: walk.seq + 1, to: seq - 1 })
  if (found === null || !found.isWhole || found.line.seq !== seq) faults.push({ kind: 'changed', from: seq, to: seq })
  else if (follows && hash !== null && found.line.prev !== hash) faults.push({ kind: 'unlinked', from: seq - 1, to: seq })
  walk.lines += 1
  walk.seq = seq
  walk.hash = found?.line.hash ?? null
}

/** The last line that was written must be there. */
const checkEnd = ({ seq, hash, faults }: Walk, newest: Head): void => {
  if (seq < newest.seq) faults.push({ kind: 'missing', from: seq + 1, to: newest.seq })
  else if (hash !== null && hash !== newest.hash) faults.push({ kind: 'changed', from: seq, to: seq })
}

/** `newest`: the last line that was written. `noted`: a head that was noted elsewhere. */
export const verifyChain = async (batches: Pick<Batches, 'range'>, newest: Head, noted: string | null): Promise<AuditVerdict> => {
  const walk: Walk = { lines: 0, seq: 0, hash: noHash, faults: [] }
  const wanted = noted === null ? null : notedHead(noted)
  let isThere = wanted === null
  for await (const [key, text] of batches.range(...rangeOf(auditPrefix))) {
    const seq = seqOf(key)
    if (seq === null) walk.faults.push({ kind: 'stray', from: walk.seq, to: walk.seq })
    else walkOn(walk, seq, text)
    isThere ||= walk.hash === wanted?.hash && (wanted.seq === null || wanted.seq === walk.seq)
  }
  checkEnd(walk, newest)
  const gone = wanted?.seq ?? walk.seq + 1
  if (!isThere) walk.faults.push({ kind: 'head_missing', from: gone, to: gone })
  const { lines, seq, hash, faults } = walk
  return { lines, head: lines === 0 ? null : headText({ seq, hash: hash ?? noHash }), faults }
}

const mostMissed = 1000

interface TrailDeps {
  readonly batches: Pick<Batches, 'range'>
  readonly chain: Chain
  readonly writer: AccessWriter
  readonly now: () => number
  readonly log: Log
}

/** A line's time is that of its place in the chain. */
const noteLate = (act: AuditAct, doneAt: number): AuditAct => ({
  ...act,
  detail: { doneAt: new Date(doneAt).toISOString(), ...act.detail },
})

export const createAuditTrail = ({ batches, chain, writer, now, log }: TrailDeps): AuditTrail => {
  const missed: AuditAct[] = []
  const write = (act: AuditAct, late: AuditAct): Promise<void> =>
    writer
      .write(() => ({ ...noStep, act }))
      .catch((err: unknown) => {
        missed.push(late)
        if (missed.length > mostMissed) missed.shift()
        log.error({ err, act }, 'a line of the audit could not be stored; it is stored with the next one')
      })
  const writeMissed = () => missed.splice(0).map((one) => write(one, one))
  return {
    async note(act) {
      await Promise.all([...writeMissed(), write(act, noteLate(act, now()))])
    },
    async noteFirst(act) {
      await Promise.all([...writeMissed(), writer.write(() => ({ ...noStep, act }))])
    },
    list: (query) => find(batches, chain.head(), query),
    verify: async (head) => {
      await writer.settled()
      return verifyChain(batches, chain.head(), head)
    },
  }
}
