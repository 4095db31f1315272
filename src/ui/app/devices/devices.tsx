// The list of devices: search, filters, order and page are in the address; rows change in place.

import { useEffect, useState } from 'preact/hooks'
import { base } from '../../api/client.ts'
import { Action } from '../../parts/action.tsx'
import { announce } from '../../parts/announce.ts'
import { CopyCurl } from '../../parts/copy.tsx'
import { FirstDevices } from '../../parts/first-devices.tsx'
import { cursor, Pager } from '../../parts/pager.tsx'
import { Refused } from '../../parts/refused.tsx'
import { query, setQuery } from '../../router.ts'
import { text } from '../../text/text.ts'
import { AddDevice } from './add-device.tsx'
import { DeviceFilters } from './device-filters.tsx'
import { type DeviceList, useDeviceList } from './device-list.ts'
import { csvHref, isFiltered, listPath, noFilters, pageSize } from './device-query.ts'
import { DeviceTable } from './device-table.tsx'
import './devices.css'
import { useDroppedFile } from './dropped-file.ts'
import { ImportDevices } from './import-devices.tsx'

const clear = (): void => setQuery(noFilters)

const ClearButton = () => (
  <button type="button" onClick={clear}>
    {text('devices.clear')}
  </button>
)

/** Nothing matches. */
const NoMatch = ({ total }: { readonly total: number }) => {
  const q = query.value.get('q') ?? ''
  const first = q === '' ? text('devices.noMatch') : text('devices.noMatchOf', { q })
  return (
    <section class="sheet stack">
      <p>
        {first} {text('devices.known', { n: total })}
      </p>
      <p class="row">
        <ClearButton />
      </p>
    </section>
  )
}

const Summary = ({ list }: { readonly list: DeviceList }) => (
  <div class="row summary">
    <span class={list.isPending ? 'dim' : ''}>
      {isFiltered(query.value) ? text('devices.matching', { n: list.count, total: list.total }) : text('devices.known', { n: list.total })}
    </span>
    {isFiltered(query.value) ? (
      <button type="button" class="plain" onClick={clear}>
        {text('devices.clear')}
      </button>
    ) : null}
    {list.changes === 0 ? null : (
      <button type="button" class="plain" onClick={list.refresh}>
        {text('devices.changes', { n: list.changes })}
      </button>
    )}
  </div>
)

const Listed = ({ list }: { readonly list: DeviceList }) => {
  if (list.problem !== null) {
    return (
      <>
        <Refused problem={list.problem} onRetry={list.refresh} />
        <p>
          <ClearButton />
        </p>
      </>
    )
  }
  if (list.rows === null) return null
  if (list.rows.length === 0) return list.total === 0 ? <FirstDevices /> : <NoMatch total={list.total} />
  return (
    <section class="sheet">
      <Summary list={list} />
      <DeviceTable rows={list.rows} />
      <Pager next={list.next} size={pageSize} shown={list.rows.length} count={list.count} isPending={list.isPending} />
    </section>
  )
}

/** What was found is said once the search has been answered. */
const useSaid = ({ isPending, rows, count }: DeviceList): void => {
  const search = query.value.get('q') ?? ''
  useEffect(() => {
    if (!isPending && rows !== null && search !== '') announce(text('devices.found', { n: count }))
  }, [isPending, search])
}

type Open = { readonly form: 'add' } | { readonly form: 'import'; readonly file: File | null } | null

const Tools = ({ onOpen }: { readonly onOpen: (open: Open) => void }) => {
  const csv = csvHref(query.value)
  return (
    <>
      <Action needs="admin" onAct={() => Promise.resolve(onOpen({ form: 'add' }))}>
        {text('devices.add')}
      </Action>
      <Action needs="admin" onAct={() => Promise.resolve(onOpen({ form: 'import', file: null }))}>
        {text('devices.import')}
      </Action>
      <a class="button" href={csv} download="devices.csv">
        {text('devices.csv')}
      </a>
      <CopyCurl needs="viewer" what={text('devices.csv')} method="GET" path={csv.slice(base.length)} />
    </>
  )
}

export const Devices = () => {
  const list = useDeviceList(listPath(query.value, cursor()))
  const [open, setOpen] = useState<Open>(null)
  useSaid(list)
  const close = (): void => setOpen(null)
  useDroppedFile((file) => setOpen({ form: 'import', file }))
  return (
    <div class="view devices">
      <header>
        <h1 tabIndex={-1}>{text('nav.devices')}</h1>
        <Tools onOpen={setOpen} />
      </header>
      {list.total === 0 && !isFiltered(query.value) && list.rows !== null ? null : <DeviceFilters />}
      <Listed list={list} />
      {open?.form === 'add' ? <AddDevice onClose={close} onDone={list.refresh} /> : null}
      {open?.form === 'import' ? <ImportDevices file={open.file} onClose={close} onDone={list.refresh} /> : null}
    </div>
  )
}
