// The audit: who did what, when, from where; before and after. For admins.

import { withQuery } from '../../api/client.ts'
import { useFetched } from '../../api/fetched.ts'
import type { AuditLine } from '../../api/records.d.ts'
import { may } from '../../api/session.ts'
import { Mark } from '../../parts/mark.tsx'
import { cursor, Pager } from '../../parts/pager.tsx'
import { Refused } from '../../parts/refused.tsx'
import { query, setQuery } from '../../router.ts'
import { text } from '../../text/text.ts'
import { AuditFilters, auditFilters } from './audit-filters.tsx'
import { AuditRow } from './audit-row.tsx'
import { AuditVerify } from './audit-verify.tsx'
import { useNewLines } from './new-lines.ts'
import { NewOnes } from './new-ones.tsx'

const size = 100

interface Page {
  readonly items: readonly AuditLine[]
  readonly next: string | null
}

const given = (): Readonly<Record<string, string>> => Object.fromEntries(auditFilters.map((name) => [name, query.value.get(name) ?? '']))

const columns = ['when', 'who', 'from', 'what', 'on', 'changes', 'whole'] as const

const Table = ({ items }: { readonly items: readonly AuditLine[] }) => (
  <table class="stacks audit">
    <thead>
      <tr>
        {columns.map((column) => (
          <th key={column} scope="col">
            {column === 'whole' ? <span class="unseen">{text('log.column.whole')}</span> : text(`log.column.${column}`)}
          </th>
        ))}
      </tr>
    </thead>
    <tbody data-rows>
      {items.map((line) => (
        <AuditRow key={line.seq} line={line} />
      ))}
    </tbody>
  </table>
)

const NoLine = ({ isFiltered }: { readonly isFiltered: boolean }) => (
  <p class="dim row">
    {text(isFiltered ? 'log.audit.noMatch' : 'log.nothing')}
    {isFiltered ? (
      <button
        type="button"
        class="plain"
        onClick={() => setQuery(Object.fromEntries([...auditFilters, 'after'].map((name) => [name, ''])))}
      >
        {text('log.filter.clear')}
      </button>
    ) : null}
  </p>
)

const Lines = () => {
  const filters = given()
  const isFiltered = Object.values(filters).some((value) => value !== '')
  const page = useFetched<Page>(withQuery('/audit', { ...filters, limit: size, after: cursor() }))
  const fresh = useNewLines(cursor() === undefined && !isFiltered ? (page.data?.items[0]?.seq ?? 0) : null)
  return (
    <section class="sheet stack" aria-label={text('log.tab.audit')}>
      <AuditFilters />
      {page.problem === null ? null : <Refused problem={page.problem} onRetry={page.reload} />}
      <NewOnes count={page.data === null ? 0 : fresh} onRefresh={page.reload} />
      {page.data === null ? null : page.data.items.length === 0 ? <NoLine isFiltered={isFiltered} /> : <Table items={page.data.items} />}
      {page.data === null ? null : <Pager next={page.data.next} size={size} shown={page.data.items.length} isPending={page.isPending} />}
    </section>
  )
}

export const Audit = () =>
  may('admin') ? (
    <>
      <Lines />
      <AuditVerify />
    </>
  ) : (
    <section class="sheet">
      <Mark kind="none">
        {text('log.audit.forbidden')} {text('action.needsRole', { role: text('role.admin') })}
      </Mark>
    </section>
  )
