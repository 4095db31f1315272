// Connections that were refused: by reason and address, and one by one. New ones are counted; the lists do not move by themselves.

import { withQuery } from '../../api/client.ts'
import { useFetched } from '../../api/fetched.ts'
import { figures } from '../../api/live.ts'
import type { Refused as Refusal, RefusalGroup } from '../../api/records.d.ts'
import { cursor, Pager } from '../../parts/pager.tsx'
import { Refused } from '../../parts/refused.tsx'
import { query } from '../../router.ts'
import { text } from '../../text/text.ts'
import { NewOnes } from './new-ones.tsx'
import { countNewer, newestOf } from './newer.ts'
import { RefusalGroups } from './refusal-groups.tsx'
import { RefusalList } from './refusal-list.tsx'

const size = 100

interface Page<T> {
  readonly items: readonly T[]
  readonly next: string | null
}

const Only = ({ reason, address }: { readonly reason: string; readonly address: string }) => (
  <p class="row">
    {text('log.refused.only', { reason: reason === '' ? '–' : reason, address: address === '' ? '–' : address })}
    <a href="/log?show=refused">{text('log.filter.clear')}</a>
  </p>
)

export const RefusedConnections = () => {
  const reason = query.value.get('reason') ?? ''
  const address = query.value.get('address') ?? ''
  const groups = useFetched<Page<RefusalGroup>>('/connections/refused/groups')
  const list = useFetched<Page<Refusal>>(withQuery('/connections/refused', { reason, address, limit: size, after: cursor() }))
  const refresh = (): void => {
    groups.reload()
    list.reload()
  }
  const problem = groups.problem ?? list.problem
  if (problem !== null) return <Refused problem={problem} onRetry={refresh} />
  if (groups.data === null || list.data === null) return null
  const fresh = countNewer(figures.value?.refusals ?? [], newestOf(groups.data.items))
  return (
    <>
      <section class="sheet stack">
        <h2>{text('log.refused.groups')}</h2>
        <NewOnes count={fresh} onRefresh={refresh} />
        {groups.data.items.length === 0 ? <p class="dim">{text('log.nothing')}</p> : <RefusalGroups groups={groups.data.items} />}
      </section>
      {groups.data.items.length === 0 ? null : (
        <section class="sheet stack">
          <h2>{text('log.refused.newest')}</h2>
          {reason === '' && address === '' ? null : <Only reason={reason} address={address} />}
          {list.data.items.length === 0 ? <p class="dim">{text('log.nothing')}</p> : <RefusalList refusals={list.data.items} />}
          <Pager next={list.data.next} size={size} shown={list.data.items.length} isPending={list.isPending} />
        </section>
      )}
    </>
  )
}
