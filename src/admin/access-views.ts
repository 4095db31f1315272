// People, tokens and the audit as the API shows them.

import type { AuditFault, AuditLine, AuditVerdict, Caller, PersonFacts, TokenFacts } from '../ota/ports/access.ts'
import { type Sentence, sentence } from '../sentences/sentence.ts'
import type { ApiTokenJson, AuditLineJson, AuditVerdictJson, UserJson, WhoamiJson } from './access-schemas.ts'
import { isoOrNull, isoTime } from './iso-time.ts'
import { saidView } from './sentence-views.ts'

export const whoamiView = ({ kind, name, role, station, session }: Caller): WhoamiJson => ({
  kind: kind === 'server' ? 'file' : kind,
  name,
  role,
  station,
  by: session === null ? 'token' : 'session',
})

export const tokenView = ({ name, role, station, createdAt, createdBy, usedAt, usedFrom }: TokenFacts): ApiTokenJson => ({
  name,
  role,
  station,
  createdAt: isoTime(createdAt),
  createdBy,
  usedAt: isoOrNull(usedAt),
  usedFrom,
})

export const userView = ({ name, role, createdAt, createdBy, usedAt, sessions }: PersonFacts): UserJson => ({
  name,
  role,
  createdAt: isoTime(createdAt),
  createdBy,
  usedAt: isoOrNull(usedAt),
  sessions,
})

export const auditLineView = ({ at, changes, ...line }: AuditLine): AuditLineJson => ({
  ...line,
  at: isoTime(at),
  changes: Object.fromEntries(Object.entries(changes).map(([field, [before, after]]) => [field, [before, after]])),
})

const faultSentence = ({ kind, from, to }: AuditFault): Sentence => {
  if (kind === 'changed') return sentence('audit_changed', { from })
  if (kind === 'missing') return sentence('audit_missing', { from, to, count: to - from + 1 })
  if (kind === 'stray') return sentence('audit_stray', { from })
  return kind === 'unlinked' ? sentence('audit_unlinked', { from, to }) : sentence('audit_head_missing', { from })
}

export const auditVerdictView = ({ lines, head, faults }: AuditVerdict): AuditVerdictJson => ({
  lines,
  head,
  faults: faults.map((fault) => ({ from: fault.from, to: fault.to, ...saidView(faultSentence(fault)) })),
})
