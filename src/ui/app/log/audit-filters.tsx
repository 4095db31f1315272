// What the audit is limited to. All of it is in the address.

import { query, setQuery } from '../../router.ts'
import { text } from '../../text/text.ts'
import { acts } from './acts.ts'
import { localTime, momentOf } from './audit-values.ts'
import { actWords } from './audit-words.ts'

export const auditFilters = ['name', 'act', 'subject', 'since', 'until'] as const
type Filter = (typeof auditFilters)[number]

/** Begins again at the first page. */
const limit = (name: Filter, value: string): void => {
  if (value !== (query.peek().get(name) ?? '')) setQuery({ [name]: value, after: '' })
}

const TextFilter = ({ name }: { readonly name: 'name' | 'subject' }) => (
  <label>
    <span>{text(`log.filter.${name}`)}</span>
    <input
      type="search"
      name={name}
      value={query.value.get(name) ?? ''}
      placeholder={text(`log.filter.${name}Example`)}
      maxLength={256}
      onChange={(event) => limit(name, event.currentTarget.value.trim())}
    />
  </label>
)

const TimeFilter = ({ name }: { readonly name: 'since' | 'until' }) => (
  <label>
    <span>{text(`log.filter.${name}`)}</span>
    <input
      type="datetime-local"
      name={name}
      value={localTime(query.value.get(name))}
      onChange={(event) => limit(name, momentOf(event.currentTarget.value))}
    />
  </label>
)

const ActFilter = () => {
  const current = query.value.get('act') ?? ''
  const known: readonly string[] = acts
  const all = current === '' || known.includes(current) ? known : [...known, current]
  const options = all.map((act) => [act, actWords(act)] as const).toSorted(([, one], [, other]) => one.localeCompare(other))
  return (
    <label>
      <span>{text('log.filter.act')}</span>
      <select name="act" value={current} onChange={(event) => limit('act', event.currentTarget.value)}>
        <option value="">{text('log.filter.everything')}</option>
        {options.map(([act, words]) => (
          <option key={act} value={act}>
            {words}
          </option>
        ))}
      </select>
    </label>
  )
}

export const AuditFilters = () => (
  <form class="filters" onSubmit={(event) => event.preventDefault()}>
    <TextFilter name="name" />
    <ActFilter />
    <TextFilter name="subject" />
    <TimeFilter name="since" />
    <TimeFilter name="until" />
  </form>
)
