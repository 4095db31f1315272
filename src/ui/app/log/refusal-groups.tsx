// Refused connections by reason and address: a board that is set wrong tries a hundred times, and is one row.

import type { RefusalGroup } from '../../api/records.d.ts'
import { When } from '../../parts/when.tsx'
import { deviceHref } from '../../router.ts'
import { number, text } from '../../text/text.ts'

const listHref = ({ reason, address }: RefusalGroup): string => `/log?${new URLSearchParams({ show: 'refused', reason, address })}`

const Named = ({ names, count, isDevice }: { readonly names: readonly string[]; readonly count: number; readonly isDevice: boolean }) => (
  <>
    {names.map((name, at) => (
      <span key={name}>
        {at === 0 ? null : ', '}
        {isDevice ? (
          <a href={deviceHref(name)}>
            <bdi>{name}</bdi>
          </a>
        ) : (
          <bdi>{name}</bdi>
        )}
      </span>
    ))}
    {count > names.length ? <span class="dim"> {text('log.refused.more', { n: count - names.length })}</span> : null}
    {names.length === 0 ? <span class="dim">–</span> : null}
  </>
)

const Row = ({ group }: { readonly group: RefusalGroup }) => (
  <tr>
    <td>{group.text}</td>
    <td>
      <a href={listHref(group)}>{group.address}</a>
    </td>
    <td class="number" data-name={text('log.column.count')}>
      {number(group.count)}
    </td>
    <td data-name={text('log.column.first')}>
      <When at={group.first} />
    </td>
    <td data-name={text('log.column.last')}>
      <When at={group.last} />
    </td>
    <td data-name={text('log.column.devices')}>
      <Named names={group.devices} count={group.deviceCount} isDevice />
    </td>
    <td data-name={text('log.column.clients')}>
      <Named names={group.clientIds} count={group.clientIdCount} isDevice={false} />
    </td>
  </tr>
)

const columns = ['reason', 'address', 'count', 'first', 'last', 'devices', 'clients'] as const

export const RefusalGroups = ({ groups }: { readonly groups: readonly RefusalGroup[] }) => (
  <table class="stacks">
    <thead>
      <tr>
        {columns.map((column) => (
          <th key={column} scope="col" class={column === 'count' ? 'number' : ''}>
            {text(`log.column.${column}`)}
          </th>
        ))}
      </tr>
    </thead>
    <tbody data-rows>
      {groups.map((group) => (
        <Row key={`${group.reason} ${group.address}`} group={group} />
      ))}
    </tbody>
  </table>
)
