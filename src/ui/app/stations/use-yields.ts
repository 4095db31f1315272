// The figures of yield of what the address chooses, read again when runs end.

import { withQuery } from '../../api/client.ts'
import { type Fetched, useFetched } from '../../api/fetched.ts'
import type { LiveEvent } from '../../api/live.ts'
import type { Yield } from '../../api/records.d.ts'
import { query } from '../../router.ts'
import { groupOf, spanOf, spanQuery } from './yield-span.ts'

const isEnd = ({ name, data }: LiveEvent): boolean => name === 'run' && data['state'] === 'ended'

export interface Yields {
  /** As a whole. */
  readonly total: Fetched<Yield>
  readonly byGroup: Fetched<Yield>
}

export const useYields = (): Yields => {
  const [span, group] = [spanOf(query.value.get('shift')), groupOf(query.value.get('group'))]
  const isNamed = span === 'current' || span === 'today'
  const today = useFetched<Yield>(isNamed ? null : '/yield?shift=today')
  const asked = spanQuery(span, today.data)
  return {
    total: useFetched<Yield>(asked === null ? null : withQuery('/yield', { ...asked }), isEnd),
    byGroup: useFetched<Yield>(asked === null ? null : withQuery('/yield', { ...asked, group }), isEnd),
  }
}
