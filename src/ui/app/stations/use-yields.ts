// The figures of yield of what the address chooses, read again when runs end.

import { withQuery } from '../../api/client.ts'
import { type Fetched, useFetched } from '../../api/fetched.ts'
import type { LiveEvent } from '../../api/live.ts'
import type { Yield } from '../../api/records.d.ts'
import { query } from '../../router.ts'
import { groupOf, spanOf } from './yield-span.ts'

const isEnd = ({ name, data }: LiveEvent): boolean => name === 'run' && data['state'] === 'ended'

export interface Yields {
  /** As a whole. */
  readonly total: Fetched<Yield>
  readonly byGroup: Fetched<Yield>
}

export const useYields = (): Yields => {
  const [shift, group] = [spanOf(query.value.get('shift')), groupOf(query.value.get('group'))]
  return {
    total: useFetched<Yield>(withQuery('/yield', { shift }), isEnd),
    byGroup: useFetched<Yield>(withQuery('/yield', { shift, group }), isEnd),
  }
}
