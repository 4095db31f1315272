// Whether the server may open as many files as its settings allow connections.

import { leastDescriptors } from '../../descriptors.ts'
import { doubtful, type Finding, faulty, fine, skipped } from '../../finding.ts'
import { sentence } from '../../sentences/sentence.ts'
import { fileLimitOf, openFilesOf } from './processes.ts'

export interface DescriptorReading {
  /** null: the system does not tell, or there is none. */
  readonly limit: number | null
  /** Open now; null: not known. */
  readonly open: number | null
  /** As many as the settings allow connections. */
  readonly wanted: number
  /** Of the server that runs, or of this process, under whose limit a server would start. */
  readonly isServer: boolean
}

export const descriptorFindings = ({ limit, open, wanted, isServer }: DescriptorReading): readonly Finding[] => {
  if (limit === null) return [skipped('descriptors', sentence('doctor_descriptors_unknown'))]
  const figures = { limit, wanted, of: isServer ? 'server' : 'command' }
  const remedy = sentence('doctor_try_descriptors', { wanted: wanted + leastDescriptors })
  if (limit < leastDescriptors)
    return [faulty('descriptors', sentence('doctor_descriptors_none', { limit, least: leastDescriptors }), remedy)]
  if (open !== null && open > limit * 0.9) return [faulty('descriptors', sentence('doctor_descriptors_used', { limit, open }), remedy)]
  if (limit < wanted) return [doubtful('descriptors', sentence('doctor_descriptors_few', figures), remedy)]
  return [fine('descriptors', sentence('doctor_descriptors_ok', figures))]
}

/** `pid`: the server's; null: none runs. */
export const readDescriptors = async (pid: number | null, wanted: number): Promise<DescriptorReading> => ({
  limit: await fileLimitOf(pid ?? 'self'),
  open: pid === null ? null : await openFilesOf(pid),
  wanted,
  isServer: pid !== null,
})
