// Digests of the bodies of requests that have a key: they are kept with what the request made, so that the same key with another body is refused
// however long ago it was. Knows no HTTP.

import { OtaError } from '../../errors.ts'
import { sentence } from '../../sentences/sentence.ts'
import { bodyDigest } from '../body-digest.ts'
import type { JigFinish, ScanInput } from '../ports.ts'
import type { Scanned } from '../rules/scan.ts'
import type { Procedure } from '../station-model.ts'
import { textWithoutSecret } from './checking.ts'

/** Of a label only what may be shown: a digest of a short secret would give it away. */
export const scanDigest = (procedure: Procedure | undefined, scanned: Scanned, { slot, reason }: ScanInput): string => {
  const said = scanned.kind === 'command' ? scanned.command : [textWithoutSecret(procedure, scanned.text)]
  return bodyDigest([said, slot ?? null, reason ?? null])
}

export const finishDigest = ({ outcome, code, text }: JigFinish): string => bodyDigest([outcome ?? null, code ?? null, text ?? null])

/** OTA_KEY_REUSED unless the run was made or ended by the same body; one without a key has no digest. */
export const mustBeSameBody = (run: number, known: string | undefined, sent: string | null): void => {
  if (known !== undefined && known !== sent) throw new OtaError('OTA_KEY_REUSED', sentence('floor_key_reused', { run: String(run) }))
}
