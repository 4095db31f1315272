// The search and the filters of the list. What is typed is in the address a moment later.

import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { query, setQuery } from '../../router.ts'
import { type TextKey, text } from '../../text/text.ts'
import { type FilterName, filtersSet, type ListSort, sorts } from './device-query.ts'
import { modules, products, versions } from './filter-options.ts'

const settleMs = 250

/** Another filter: its first page. */
const change = (values: Readonly<Record<string, string>>): void => setQuery({ ...values, after: '' })

interface TypedFacts {
  readonly name: FilterName
  readonly label: string
  /** What may be meant, asked for when the field is entered. */
  readonly options?: () => readonly string[]
}

/** What is in a field: while something is typed in it that, else what the address says. */
const useTyped = (name: FilterName) => {
  const [typed, setTyped] = useState<string | null>(null)
  const timer = useRef(0)
  const write = (value: string): void => {
    clearTimeout(timer.current)
    if ((query.peek().get(name) ?? '') !== value.trim()) change({ [name]: value.trim() })
  }
  useEffect(() => () => clearTimeout(timer.current), [])
  return {
    value: typed ?? query.value.get(name) ?? '',
    type(value: string): void {
      setTyped(value)
      clearTimeout(timer.current)
      timer.current = window.setTimeout(() => write(value), settleMs)
    },
    leave(): void {
      if (typed !== null) write(typed)
      setTyped(null)
    },
  }
}

const TypedFilter = ({ name, label, options }: TypedFacts) => {
  const { value, type, leave } = useTyped(name)
  const [offered, setOffered] = useState<readonly string[]>([])
  const id = useId()
  return (
    <label class={`filter filter-${name}`}>
      <span>{label}</span>
      <input
        type={name === 'q' ? 'search' : 'text'}
        value={value}
        maxLength={name === 'q' ? 256 : 64}
        autocomplete="off"
        {...(options === undefined ? {} : { list: id })}
        onFocus={() => setOffered(options?.() ?? [])}
        onInput={(event) => type(event.currentTarget.value)}
        onBlur={leave}
        onKeyDown={(event) => (event.key === 'Enter' ? leave() : undefined)}
      />
      {options === undefined ? null : (
        <datalist id={id}>
          {offered.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
      )}
    </label>
  )
}

type Options = readonly (readonly [value: string, label: string])[]

const ChosenFilter = (facts: { readonly name: string; readonly label: string; readonly options: Options }) => {
  const value = query.value.get(facts.name) ?? ''
  const isOffered = facts.options.some(([each]) => each === value)
  return (
    <label class={`filter filter-${facts.name}`}>
      <span>{facts.label}</span>
      <select value={value} onChange={(event) => change({ [facts.name]: event.currentTarget.value })}>
        {[...facts.options, ...(isOffered ? [] : [[value, value] as const])].map(([each, name]) => (
          <option key={each} value={each}>
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}

/** Is, or is not: the version moves from the one value of the address to the other. */
const VersionFilter = () => {
  const [isNot, setNot] = useState(query.peek().has('not'))
  const has = query.value.has('not') || (isNot && !query.value.has('version'))
  const choose = (next: boolean): void => {
    const [from, to] = next ? (['version', 'not'] as const) : (['not', 'version'] as const)
    setNot(next)
    const value = query.peek().get(from)
    if (value !== null) change({ [from]: '', [to]: value })
  }
  return (
    <div class="filter version-filter">
      <label class="filter">
        <span>{text('devices.version')}</span>
        <select value={has ? 'not' : 'version'} onChange={(event) => choose(event.currentTarget.value === 'not')}>
          <option value="version">{text('devices.versionIs')}</option>
          <option value="not">{text('devices.versionIsNot')}</option>
        </select>
      </label>
      <TypedFilter key={has ? 'not' : 'version'} name={has ? 'not' : 'version'} label={text('devices.versionValue')} options={versions} />
    </div>
  )
}

const any = (): readonly [string, string] => ['', text('devices.any')]
const states = ['queued', 'notified', 'in_progress'] as const

const sortNames = {
  '': 'devices.sortUsual',
  name: 'devices.sortName',
  '-name': 'devices.sortNameDown',
  lastSeen: 'devices.sortSeen',
  '-lastSeen': 'devices.sortSeenDown',
  version: 'devices.sortVersion',
  '-version': 'devices.sortVersionDown',
} as const satisfies Readonly<Record<ListSort, TextKey>>

export const DeviceFilters = () => {
  const [isOpen, setOpen] = useState(false)
  const id = useId()
  const count = filtersSet(query.value).length
  return (
    <search class="filters" aria-label={text('devices.filters')}>
      <TypedFilter name="q" label={text('devices.search')} />
      <button type="button" class="more-filters" aria-expanded={isOpen} aria-controls={id} onClick={() => setOpen(!isOpen)}>
        {text('devices.moreFilters', { count })}
      </button>
      <div id={id} class={isOpen ? 'rest open' : 'rest'}>
        <ChosenFilter
          name="online"
          label={text('devices.connection')}
          options={[any(), ['true', text('devices.online')], ['false', text('devices.offline')]]}
        />
        <TypedFilter name="product" label={text('devices.product')} options={products} />
        <TypedFilter name="tag" label={text('devices.tag')} />
        <TypedFilter name="module" label={text('devices.module')} options={modules} />
        <VersionFilter />
        <ChosenFilter
          name="state"
          label={text('devices.update')}
          options={[any(), ...states.map((each) => [each, text(`task.state.${each}`)] as const), ['none', text('devices.noOpenUpdate')]]}
        />
        <ChosenFilter
          name="failed"
          label={text('devices.lastUpdate')}
          options={[any(), ['true', text('devices.lastFailed')], ['false', text('devices.lastNotFailed')]]}
        />
        <ChosenFilter name="behind" label={text('devices.behind')} options={[any(), ['any', text('devices.behindAny')]]} />
        {query.value.has('gateway') ? <TypedFilter name="gateway" label={text('devices.gateway')} /> : null}
        <ChosenFilter name="sort" label={text('devices.sort')} options={sorts.map((each) => [each, text(sortNames[each])] as const)} />
      </div>
    </search>
  )
}
