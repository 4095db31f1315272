// The last runs, live, limited by what the address says. A scanner may type into the field of the serial number. What is under the pointer stays.

import { useRef } from 'preact/hooks'
import { withQuery } from '../../api/client.ts'
import { useFetched } from '../../api/fetched.ts'
import type { LiveEvent } from '../../api/live.ts'
import type { Run, Station } from '../../api/records.d.ts'
import { useHeld } from '../../parts/held.ts'
import { cursor, Pager } from '../../parts/pager.tsx'
import { Refused } from '../../parts/refused.tsx'
import { query, setQuery } from '../../router.ts'
import { text } from '../../text/text.ts'
import { RunRows } from './run-rows.tsx'

const size = 20

interface Page {
  readonly items: readonly Run[]
  readonly next: string | null
}

const filterNames = ['serial', 'outcome', 'station'] as const
type Filter = (typeof filterNames)[number]

const given = (name: Filter): string => query.value.get(name) ?? ''
const limit = (name: Filter, value: string): void => {
  if (value !== (query.peek().get(name) ?? '')) setQuery({ [name]: value, after: '' })
}

const SerialFilter = () => {
  const input = useRef<HTMLInputElement>(null)
  const scanned = (event: Event): void => {
    event.preventDefault()
    limit('serial', input.current?.value.trim() ?? '')
    // The next scan replaces this one.
    input.current?.select()
  }
  return (
    <form onSubmit={scanned}>
      <label>
        <span>{text('stations.filter.serial')}</span>
        <input
          ref={input}
          type="search"
          name="serial"
          value={given('serial')}
          placeholder={text('stations.filter.scan')}
          maxLength={256}
          autocomplete="off"
          onChange={(event) => limit('serial', event.currentTarget.value.trim())}
        />
      </label>
    </form>
  )
}

interface ChoiceFacts {
  readonly name: Filter
  readonly options: readonly (readonly [string, string])[]
}

const ChoiceFilter = ({ name, options }: ChoiceFacts) => (
  <label>
    <span>{text(`stations.${name}`)}</span>
    <select name={name} value={given(name)} onChange={(event) => limit(name, event.currentTarget.value)}>
      <option value="">{text('stations.filter.all')}</option>
      {options.map(([value, label]) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
  </label>
)

const outcomes = ['passed', 'failed', 'error', 'aborted'] as const

const Filters = ({ stations }: { readonly stations: readonly Station[] }) => (
  <div class="filters">
    <SerialFilter />
    <ChoiceFilter name="outcome" options={outcomes.map((each) => [each, text(`stations.outcome.${each}`)] as const)} />
    <ChoiceFilter name="station" options={stations.map(({ id, name }) => [id, name] as const)} />
  </div>
)

const isRun = ({ name }: LiveEvent): boolean => name === 'run'

const NoRun = ({ isFiltered }: { readonly isFiltered: boolean }) => (
  <p class="dim row">
    {text(isFiltered ? 'stations.runs.noMatch' : 'stations.runs.none')}
    {isFiltered ? (
      <button type="button" class="plain" onClick={() => setQuery({ serial: '', outcome: '', station: '', after: '' })}>
        {text('stations.filter.clear')}
      </button>
    ) : null}
  </p>
)

export const LastRuns = ({ stations }: { readonly stations: readonly Station[] }) => {
  const filters = Object.fromEntries(filterNames.map((name) => [name, given(name)]))
  const after = cursor()
  // Pages behind the first one do not move.
  const page = useFetched<Page>(withQuery('/runs', { ...filters, limit: size, after }), (event) => after === undefined && isRun(event))
  const held = useHeld(page.data, JSON.stringify([filters, after, page.isPending]))
  const shown = held.value
  return (
    <section class="sheet stack" aria-labelledby="runs-head">
      <h2 id="runs-head">{text('stations.runs')}</h2>
      <Filters stations={stations} />
      {page.problem === null ? null : <Refused problem={page.problem} onRetry={page.reload} />}
      <p class="small dim runs-held">{text(held.isHeld ? 'stations.runs.held' : 'stations.runs.live')}</p>
      <div class="runs-room" {...held.handlers}>
        {shown === null ? null : shown.items.length === 0 ? (
          <NoRun isFiltered={Object.values(filters).some((value) => value !== '')} />
        ) : (
          <RunRows runs={shown.items} />
        )}
      </div>
      {shown === null ? null : <Pager next={shown.next} size={size} shown={shown.items.length} isPending={page.isPending} stays />}
    </section>
  )
}
