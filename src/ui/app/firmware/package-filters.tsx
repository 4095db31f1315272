// What the list of packages is limited to: kept in the address.

import { useEffect, useRef } from 'preact/hooks'
import { figures } from '../../api/live.ts'
import { query, setQuery } from '../../router.ts'
import { text } from '../../text/text.ts'

const settleMs = 250

/** The address changes when nothing has been typed for a moment. */
const Search = () => {
  const input = useRef<HTMLInputElement>(null)
  const timer = useRef(0)
  const q = query.value.get('q') ?? ''
  useEffect(() => {
    // Not while somebody types.
    if (input.current !== null && document.activeElement !== input.current) input.current.value = q
  }, [q])
  useEffect(() => () => clearTimeout(timer.current), [])
  const type = (value: string): void => {
    clearTimeout(timer.current)
    timer.current = window.setTimeout(() => setQuery({ q: value.trim(), after: '' }), settleMs)
  }
  return (
    <label class="row">
      {text('firmware.packages.search')}
      <input ref={input} type="search" defaultValue={q} maxLength={256} onInput={(event) => type(event.currentTarget.value)} />
    </label>
  )
}

export const PackageFilters = ({ products }: { readonly products: readonly string[] }) => {
  const product = query.value.get('product') ?? ''
  const known = (figures.value?.devices.modules ?? []).map((each) => each.product)
  const all = [...new Set([...products, ...known, ...(product === '' ? [] : [product])])].sort()
  return (
    <search class="row package-filters">
      <Search />
      <label class="row">
        {text('firmware.packages.product')}
        <select value={product} onChange={(event) => setQuery({ product: event.currentTarget.value, after: '' })}>
          <option value="">{text('firmware.packages.anyProduct')}</option>
          {all.map((each) => (
            <option key={each} value={each}>
              {each}
            </option>
          ))}
        </select>
      </label>
    </search>
  )
}
