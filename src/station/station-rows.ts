// The rows of test stations: read at a start, changed together, read by queries. Knows the disk by its port, and no rule.

import type { Batches } from '../ota/ports/store.ts'
import type { StationRows } from './row-types.ts'

/** OTA_STORE_UNREADABLE with the key where a record cannot be read. */
export const openStationRows = async (_batches: Pick<Batches, 'commit' | 'get' | 'range'>): Promise<StationRows> => {
  throw new Error('not there yet')
}
