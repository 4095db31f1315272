// A scan that begins no run: said to who scanned, shown to who watches.

import { OtaError } from '../../errors.ts'
import type { ScanRefusal } from '../ports.ts'
import { type CodeParams, codeSentence } from '../rules/codes.ts'
import type { RefusalCode } from '../run-model.ts'
import type { Station } from '../station-model.ts'
import { type Floor, show } from './floor.ts'

export const refusal = <C extends RefusalCode>(reason: C, params: CodeParams[C]): ScanRefusal => ({
  reason,
  said: codeSentence(reason, params),
})

/** A run has words of its own, and an id. */
export const isRefusal = (value: object): value is ScanRefusal => 'said' in value && !('id' in value)

/** Throws OTA_SCAN_REFUSED. */
export const refuse = (
  floor: Floor,
  station: Pick<Station, 'id'>,
  slot: number | null,
  text: string,
  { reason, said }: ScanRefusal,
): never => {
  show(floor, { type: 'scan', station: station.id, slot, text, reason, said })
  throw new OtaError('OTA_SCAN_REFUSED', said, { reason })
}
