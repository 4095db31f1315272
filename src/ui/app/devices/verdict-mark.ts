// How the verdict of a rule is marked, and with which word. A note informs: it neither allows nor holds back. Pure.

import type { Verdict } from '../../api/records.d.ts'
import type { MarkKind } from '../../parts/mark.tsx'
import type { TextKey } from '../../text/text.ts'

interface VerdictMark {
  readonly kind: MarkKind
  readonly word: TextKey
}

const notes = ['children', 'contended', 'disputed', 'refused', 'takeover', 'unread'] as const

export const markOf = ({ rule, ok, reason }: Pick<Verdict, 'rule' | 'ok' | 'reason'>): VerdictMark => {
  const note = notes.find((each) => each === rule)
  if (note !== undefined) return { kind: note === 'takeover' ? 'none' : 'warn', word: `devices.device.rule.${note}` }
  if (ok) return { kind: 'good', word: 'devices.device.ruleOk' }
  if (reason === 'skip') return { kind: 'none', word: 'devices.device.ruleSkip' }
  return { kind: 'warn', word: 'devices.device.ruleHolds' }
}
