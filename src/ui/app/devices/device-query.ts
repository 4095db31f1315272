// The address of the list of devices and the request that answers it. Knows no view.

import { base, withQuery } from '../../api/client.ts'

export const pageSize = 100

/** The values of the address that say which devices match. */
export const filterNames = ['q', 'product', 'tag', 'gateway', 'online', 'module', 'version', 'not', 'state', 'failed', 'behind'] as const
export type FilterName = (typeof filterNames)[number]

export const sorts = ['', 'name', '-name', 'lastSeen', '-lastSeen', 'version', '-version'] as const
export type ListSort = (typeof sorts)[number]

const given = (query: URLSearchParams, names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(names.map((name) => [name, query.get(name)?.trim() ?? '']))

/** `after`: the cursor of the page. */
export const listPath = (query: URLSearchParams, after: string | undefined): string =>
  withQuery('/devices', { ...given(query, [...filterNames, 'sort']), limit: pageSize, after })

/** All that match, for spreadsheets. */
export const csvHref = (query: URLSearchParams): string =>
  `${base}${withQuery('/devices', { ...given(query, [...filterNames, 'sort']), format: 'csv', bom: 'true' })}`

/** The filters that are set, but for the search. */
export const filtersSet = (query: URLSearchParams): readonly FilterName[] =>
  filterNames.filter((name) => name !== 'q' && (query.get(name) ?? '') !== '')

export const isFiltered = (query: URLSearchParams): boolean => filterNames.some((name) => (query.get(name) ?? '') !== '')

/** Takes all filters, and the page, out of the address. */
export const noFilters: Readonly<Record<string, string>> = Object.fromEntries([...filterNames, 'after'].map((name) => [name, '']))

/** The sort that a column's head chooses: ascending first, then descending, then the usual order. */
export const nextSort = (current: string, column: 'name' | 'lastSeen' | 'version'): ListSort =>
  current === column ? `-${column}` : current === `-${column}` ? '' : column
