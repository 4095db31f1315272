// How many lines the audit has got since it was read. There are no live events of it: the newest line is asked for now and then.

import { useEffect } from 'preact/hooks'
import { useFetched } from '../../api/fetched.ts'
import type { AuditLine } from '../../api/records.d.ts'

const everyMs = 10_000

/** `newest`: the number of the newest line that is shown; null: it is not asked. */
export const useNewLines = (newest: number | null): number => {
  const isAsked = newest !== null
  // A campaign that changes has mostly been changed by somebody.
  const latest = useFetched<{ readonly items: readonly AuditLine[] }>(isAsked ? '/audit?limit=1' : null, ({ name }) => name === 'campaign')
  const { reload } = latest
  useEffect(() => {
    if (!isAsked) return
    const timer = setInterval(reload, everyMs)
    return () => clearInterval(timer)
  }, [isAsked])
  return isAsked ? Math.max(0, (latest.data?.items[0]?.seq ?? 0) - newest) : 0
}
