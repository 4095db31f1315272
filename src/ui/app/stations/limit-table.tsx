// The limits of a self-test, one row each: typed like a small table.

import type { Draft } from '../../parts/draft.ts'
import { text } from '../../text/text.ts'
import { type LimitField, limitFields, limitPath, limitRows, withoutLimit } from './procedure-values.ts'

const Cell = ({ draft, row, field }: { readonly draft: Draft; readonly row: number; readonly field: LimitField }) => {
  const path = limitPath(row, field)
  const fault = draft.faultOf(path)
  return (
    <td data-name={text(`stations.limit.${field}`)}>
      <input
        type="text"
        name={path}
        class={field === 'low' || field === 'high' ? 'number' : ''}
        aria-label={text('stations.limit.of', { field: text(`stations.limit.${field}`), n: row + 1 })}
        aria-invalid={fault !== null}
        title={fault ?? undefined}
        value={draft.get(path)}
        autocomplete="off"
        onInput={(event) => draft.set(path, event.currentTarget.value)}
      />
    </td>
  )
}

/** Beside the row: what is wrong in it. */
const faultsOf = (draft: Draft, row: number): readonly string[] => [
  ...new Set(
    ['', ...limitFields].flatMap((field) => {
      const path = field === '' ? `selfTest.limits[${row}]` : limitPath(row, field as LimitField)
      const fault = draft.faultOf(path)
      return fault === null ? [] : [fault]
    }),
  ),
]

const Row = ({ draft, row }: { readonly draft: Draft; readonly row: number }) => {
  const faults = faultsOf(draft, row)
  return (
    <>
      <tr>
        {limitFields.map((field) => (
          <Cell key={field} draft={draft} row={row} field={field} />
        ))}
        <td>
          <button type="button" class="plain" onClick={() => draft.fill(withoutLimit(draft.values, row))}>
            {text('stations.limit.remove')}
            <span class="unseen"> {draft.get(limitPath(row, 'name'))}</span>
          </button>
        </td>
      </tr>
      {faults.length === 0 ? null : (
        <tr class="faults">
          <td colSpan={limitFields.length + 1}>{faults.join(' ')}</td>
        </tr>
      )}
    </>
  )
}

export const LimitTable = ({ draft }: { readonly draft: Draft }) => {
  const rows = limitRows(draft.values)
  return (
    <div class="stack">
      {rows === 0 ? null : (
        <table class="limits stacks">
          <thead>
            <tr>
              {limitFields.map((field) => (
                <th key={field} scope="col">
                  {text(`stations.limit.${field}`)}
                </th>
              ))}
              <th scope="col">
                <span class="unseen">{text('stations.limit.remove')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {Array.from({ length: rows }, (_, row) => (
              <Row key={row} draft={draft} row={row} />
            ))}
          </tbody>
        </table>
      )}
      <p>
        <button type="button" onClick={() => draft.fill({ limits: String(limitRows(draft.values) + 1) })}>
          {text('stations.limit.add')}
        </button>
      </p>
    </div>
  )
}
