// Refused connections one by one, the newest first.

import type { Refused } from '../../api/records.d.ts'
import { When } from '../../parts/when.tsx'
import { deviceHref } from '../../router.ts'
import { text } from '../../text/text.ts'

const Row = ({ refusal: { at, text: said, address, device, clientId, user } }: { readonly refusal: Refused }) => (
  <tr>
    <td>
      <When at={at} />
    </td>
    <td>{said}</td>
    <td>{address}</td>
    <td data-name={text('log.column.device')}>
      {device === null ? (
        <span class="dim">–</span>
      ) : (
        <a href={deviceHref(device)}>
          <bdi>{device}</bdi>
        </a>
      )}
    </td>
    <td data-name={text('log.column.client')}>
      <bdi>{clientId ?? '–'}</bdi>
    </td>
    <td data-name={text('log.column.user')}>
      <bdi>{user ?? '–'}</bdi>
    </td>
  </tr>
)

const columns = ['when', 'reason', 'address', 'device', 'client', 'user'] as const

/** Two may have the same moment: their place among these tells them apart. */
export const RefusalList = ({ refusals }: { readonly refusals: readonly Refused[] }) => (
  <table class="stacks">
    <thead>
      <tr>
        {columns.map((column) => (
          <th key={column} scope="col">
            {text(`log.column.${column}`)}
          </th>
        ))}
      </tr>
    </thead>
    <tbody data-rows>
      {refusals.map((refusal, at) => (
        <Row key={`${refusal.at} ${refusal.address} ${refusal.clientId} ${at}`} refusal={refusal} />
      ))}
    </tbody>
  </table>
)
