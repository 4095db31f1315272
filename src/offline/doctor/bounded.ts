// A probe with a time limit: one that takes longer, or fails by itself, says so and is neither ok nor a fault.

import { OtaError } from '../../errors.ts'
import { type Area, type Finding, skipped } from '../../finding.ts'
import { type Sentence, sentence } from '../../sentences/sentence.ts'
import { codeOf, reasonOf } from '../file-faults.ts'

export type Probe = () => Promise<readonly Finding[]>

/** What was thrown, as a sentence. */
export const saidBy = (thrown: unknown): Sentence =>
  thrown instanceof OtaError && thrown.sentence !== null ? thrown.sentence : sentence('as_text', { text: reasonOf(thrown) })

const denied = new Set(['EACCES', 'EPERM'])

/** Never rejects. What the probe still does after `limitMs` is ignored. `sudo`: what to do where this user may not look. */
export const bounded = async (area: Area, limitMs: number, probe: Probe, sudo: Sentence): Promise<readonly Finding[]> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<readonly Finding[]>((resolve) => {
    timer = setTimeout(() => resolve([skipped(area, sentence('doctor_took_long', { seconds: limitMs / 1000 }))]), limitMs)
  })
  const probed = probe().catch((thrown: unknown) => [
    skipped(area, sentence('doctor_not_looked_at', { why: saidBy(thrown) }), denied.has(codeOf(thrown)) ? sudo : null),
  ])
  return await Promise.race([probed, late]).finally(() => clearTimeout(timer))
}
