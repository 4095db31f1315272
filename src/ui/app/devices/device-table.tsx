// The rows of the list. A row is drawn again only when its device has changed.

import type { ComponentChild } from 'preact'
import { useMemo } from 'preact/hooks'
import type { Device } from '../../api/records.d.ts'
import { DeviceName } from '../../parts/device-name.tsx'
import { Mark } from '../../parts/mark.tsx'
import { reasonWords } from '../../parts/reason-words.ts'
import { When } from '../../parts/when.tsx'
import { campaignHref, query, setQuery } from '../../router.ts'
import { language, type TextKey, text } from '../../text/text.ts'
import type { ShownDevice } from './device-list.ts'
import { nextSort } from './device-query.ts'
import { useDrawn } from './drawn-rows.ts'

const shownParts = 3

/** Some of them, and how many more there are. */
const Some = ({ parts, all }: { readonly parts: readonly ComponentChild[]; readonly all: readonly string[] }) => (
  <span class="some" title={all.length > shownParts ? all.join('\n') : undefined}>
    {parts.slice(0, shownParts).map((part, at) => (at === 0 ? part : [' ', part]))}
    {parts.length > shownParts ? <span class="dim"> {text('devices.more', { n: parts.length - shownParts })}</span> : null}
  </span>
)

const OnlineMark = ({ row: { device, isRemoved } }: { readonly row: ShownDevice }) => (
  <span class="marks">
    {isRemoved ? (
      <Mark kind="bad">{text('devices.removed')}</Mark>
    ) : (
      <Mark kind={device.online ? 'good' : 'none'}>{text(device.online ? 'devices.online' : 'devices.offline')}</Mark>
    )}
    {device.contended ? <Mark kind="warn">{text('devices.contended')}</Mark> : null}
    {device.disputed === null ? null : <Mark kind="warn">{text('devices.disputed')}</Mark>}
  </span>
)

const Versions = ({ modules }: Pick<Device, 'modules'>) => {
  const all = Object.entries(modules)
  const said = all.map(([name, { version }]) => (name === 'default' ? version : `${name} ${version}`))
  return <Some all={said} parts={said.map((each) => <span key={each}>{each}</span>)} />
}

const tagHref = (tag: string): string => `/devices?${new URLSearchParams({ tag })}`

const Tags = ({ tags }: Pick<Device, 'tags'>) => (
  <Some
    all={tags}
    parts={tags.map((tag) => (
      <a key={tag} href={tagHref(tag)}>
        {tag}
      </a>
    ))}
  />
)

type FailedUpdate = Device['failed'][number]

const CampaignLink = ({ campaign }: { readonly campaign: string | null }) =>
  campaign === null ? null : <a href={campaignHref(campaign)}>{text('campaign.short', { id: campaign })}</a>

/** Why it failed, in words; the state where there is no reason. */
const failedWords = ({ state, reason }: FailedUpdate): string =>
  reason !== null ? reasonWords(reason) : text(`task.state.${state ?? 'failed'}`)

const failedText = (failed: FailedUpdate): string =>
  text('devices.updateFailed', {
    version: failed.module === 'default' ? failed.version : `${failed.module} ${failed.version}`,
    why: failedWords(failed),
  })

const Failed = ({ failed }: { readonly failed: FailedUpdate }) => (
  <span class="failed-update">
    <Mark kind="bad">{failedText(failed)}</Mark> <CampaignLink campaign={failed.campaign} />
    {failed.desc === null || failed.desc === '' ? null : (
      <bdi class="dim small device-words" title={failed.desc}>
        {failed.desc}
      </bdi>
    )}
  </span>
)

/** Those that are open, then the last ones that failed. */
const Updates = ({ openTasks, failed }: Pick<Device, 'openTasks' | 'failed'>) => (
  <Some
    all={[...openTasks.map(({ task }) => task), ...failed.map(failedText)]}
    parts={[
      ...openTasks.map(({ task, campaign, version, state }) => (
        <span key={task}>
          <CampaignLink campaign={campaign} /> <span>{text('devices.updateTo', { version, state: text(`task.state.${state}`) })}</span>
        </span>
      )),
      ...failed.map((each) => <Failed key={`failed ${each.module}`} failed={each} />),
    ]}
  />
)

const Row = ({ row }: { readonly row: ShownDevice }) => {
  const { key, device, isRemoved } = row
  return useMemo(
    () => (
      <tr class={isRemoved ? 'gone' : ''}>
        <th scope="row">
          <DeviceName device={key} full={false} />
        </th>
        <td>
          <OnlineMark row={row} />
        </td>
        <td data-name={text('devices.product')}>
          <bdi>{device.product}</bdi>
        </td>
        <td class={Object.keys(device.modules).length === 0 ? 'empty' : ''} data-name={text('devices.versions')}>
          <Versions modules={device.modules} />
        </td>
        <td class={device.openTasks.length + device.failed.length === 0 ? 'empty' : ''} data-name={text('devices.update')}>
          <Updates openTasks={device.openTasks} failed={device.failed} />
        </td>
        <td data-name={text('devices.lastSeen')}>
          <When at={device.lastSeen} none={text('devices.never')} />
        </td>
        <td class={device.tags.length === 0 ? 'empty' : ''} data-name={text('devices.tags')}>
          <Tags tags={device.tags} />
        </td>
        <td class={device.gateway === null ? 'empty' : ''} data-name={text('devices.gateway')}>
          {device.gateway === null ? null : <DeviceName device={device.gateway} full={false} />}
        </td>
      </tr>
    ),
    [key, device, isRemoved, language.value],
  )
}

type SortColumn = 'name' | 'lastSeen' | 'version'

const SortHead = ({ column, name }: { readonly column: SortColumn; readonly name: TextKey }) => {
  const current = query.value.get('sort') ?? ''
  const order = current === column ? 'ascending' : current === `-${column}` ? 'descending' : 'none'
  return (
    <th scope="col" class={`of-${column}`} aria-sort={order}>
      <button type="button" class="plain sort" onClick={() => setQuery({ sort: nextSort(current, column), after: '' })}>
        {text(name)}
        <span aria-hidden="true">{order === 'none' ? '' : order === 'ascending' ? ' ↑' : ' ↓'}</span>
      </button>
    </th>
  )
}

const Head = ({ of, children }: { readonly of: string; readonly children: ComponentChild }) => (
  <th scope="col" class={`of-${of}`}>
    {children}
  </th>
)

export const DeviceTable = ({ rows }: { readonly rows: readonly ShownDevice[] }) => {
  const drawn = useDrawn(rows)
  return (
    <table class="stacks device-rows">
      <thead>
        <tr>
          <SortHead column="name" name="devices.name" />
          <Head of="state">{text('devices.state')}</Head>
          <Head of="product">{text('devices.product')}</Head>
          <SortHead column="version" name="devices.versions" />
          <Head of="update">{text('devices.update')}</Head>
          <SortHead column="lastSeen" name="devices.lastSeen" />
          <Head of="tags">{text('devices.tags')}</Head>
          <Head of="gateway">{text('devices.gateway')}</Head>
        </tr>
      </thead>
      <tbody data-rows>
        {rows.slice(0, drawn).map((row) => (
          <Row key={row.key} row={row} />
        ))}
      </tbody>
    </table>
  )
}
