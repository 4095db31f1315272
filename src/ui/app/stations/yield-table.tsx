// The figures of yield, a row for each of what was chosen: n beside each percentage.

import type { YieldRow } from '../../api/records.d.ts'
import { number, text } from '../../text/text.ts'
import type { GroupName } from './yield-span.ts'
import { keyWords, outOf, percent, perHour, seconds } from './yield-words.ts'

const columns = ['units', 'fpy', 'finalYield', 'retestRate', 'perHour', 'p50', 'p95'] as const

const ShareCell = ({ name, share }: { readonly name: 'fpy' | 'finalYield' | 'retestRate'; readonly share: YieldRow['fpy'] }) => (
  <td class="number" data-name={text(`stations.yield.${name}`)}>
    <strong>{percent(share)}</strong> <span class="small dim">{outOf(share)}</span>
  </td>
)

const Row = ({ row }: { readonly row: YieldRow }) => (
  <tr>
    <th scope="row">
      <bdi>{keyWords(row.key)}</bdi>
    </th>
    <td class="number" data-name={text('stations.yield.units')}>
      {number(row.units)}
    </td>
    <ShareCell name="fpy" share={row.fpy} />
    <ShareCell name="finalYield" share={row.finalYield} />
    <ShareCell name="retestRate" share={row.retestRate} />
    <td class="number" data-name={text('stations.yield.perHour')}>
      {perHour(row.unitsPerHour)}
    </td>
    <td class="number" data-name={text('stations.yield.p50')}>
      {row.cycleTimes === null ? '-' : seconds(row.cycleTimes.p50)}
    </td>
    <td class="number" data-name={text('stations.yield.p95')}>
      {row.cycleTimes === null ? '-' : seconds(row.cycleTimes.p95)}
    </td>
  </tr>
)

export const YieldTable = ({ rows, group }: { readonly rows: readonly YieldRow[]; readonly group: GroupName }) =>
  rows.length === 0 ? (
    <p class="dim">{text('stations.yield.noRow')}</p>
  ) : (
    <table class="stacks yields">
      <thead>
        <tr>
          <th scope="col">
            {group
              .split(',')
              .map((each) => text(`stations.group.${each as 'station'}`))
              .join(' · ')}
          </th>
          {columns.map((column) => (
            <th key={column} scope="col" class="number">
              {text(`stations.yield.${column}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody data-rows>
        {rows.map((row) => (
          <Row key={JSON.stringify(row.key)} row={row} />
        ))}
      </tbody>
    </table>
  )
