// A small table of records in memory, with the rows that hold them: all of it is read at a start. Knows no rule.

import { OtaError } from '../errors.ts'
import type { Batches, Op } from '../ota/ports/store.ts'
import { sentence } from '../sentences/sentence.ts'
import { rangeOf } from './access-keys.ts'
import type { WriteStep } from './access-writer.ts'

type Change = Pick<WriteStep, 'ops' | 'undo'>

export interface RecordTable<R> {
  readonly all: ReadonlyMap<string, R>
  /** Changes memory, and says what changes the disk. */
  put(id: string, record: R): Change
  remove(id: string): Change
}

/** Several changes as one. */
export const together = (changes: readonly Change[]): Change => ({
  ops: changes.flatMap(({ ops }) => ops),
  undo: () => {
    for (const change of changes.toReversed()) change.undo()
  },
})

const parsed = (key: string, text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new OtaError('OTA_STORE_UNREADABLE', sentence('access_record_unreadable', { key: JSON.stringify(key) }), { cause })
  }
}

/** `isRecord`: whether what was read can be one; OTA_STORE_UNREADABLE if not. */
export const openTable = async <R>(
  batches: Pick<Batches, 'range'>,
  prefix: string,
  isRecord: (value: unknown) => value is R,
): Promise<RecordTable<R>> => {
  const all = new Map<string, R>()
  for await (const [key, text] of batches.range(...rangeOf(prefix))) {
    const value = parsed(key, text)
    if (!isRecord(value)) throw new OtaError('OTA_STORE_UNREADABLE', sentence('access_record_unreadable', { key: JSON.stringify(key) }))
    all.set(key.slice(prefix.length), value)
  }
  const change = (id: string, op: Op, apply: () => void): Change => {
    const before = all.get(id)
    apply()
    return {
      ops: [op],
      undo: () => {
        if (before === undefined) all.delete(id)
        else all.set(id, before)
      },
    }
  }
  return {
    all,
    put: (id, record) => change(id, { type: 'put', key: prefix + id, value: JSON.stringify(record) }, () => void all.set(id, record)),
    remove: (id) => change(id, { type: 'del', key: prefix + id }, () => void all.delete(id)),
  }
}
