// The buttons of a list within a form: its rows change places, are taken out, one more is added. The focus stays in the list.

import type { Draft } from '../../parts/draft.ts'
import { text } from '../../text/text.ts'
import { countIn, swapped, without } from './campaign-form.ts'

export interface RowButtonFacts {
  readonly draft: Draft
  /** Of the list, such as `phases`. */
  readonly path: string
  readonly at: number
  /** What the row is called, for who hears the buttons. */
  readonly name: string
  readonly isOrdered?: boolean
}

export const RowButtons = ({ draft, path, at, name, isOrdered = false }: RowButtonFacts) => {
  const count = countIn(draft.values, path)
  const move = (other: number): void => draft.fill(swapped(draft.values, path, at, other))
  return (
    <span class="row">
      {isOrdered ? (
        <>
          <button
            type="button"
            class="plain"
            disabled={at === 0}
            aria-label={text('campaigns.rowUp', { name })}
            onClick={() => move(at - 1)}
          >
            {text('campaigns.up')}
          </button>
          <button
            type="button"
            class="plain"
            disabled={at === count - 1}
            aria-label={text('campaigns.rowDown', { name })}
            onClick={() => move(at + 1)}
          >
            {text('campaigns.down')}
          </button>
        </>
      ) : null}
      <button
        type="button"
        class="plain"
        aria-label={text('campaigns.rowRemove', { name })}
        onClick={() => draft.fill(without(draft.values, path, at))}
      >
        {text('campaigns.takeOut')}
      </button>
    </span>
  )
}

export interface AddFacts {
  readonly draft: Draft
  readonly path: string
  readonly label: string
  /** What the new row begins with, by the names of its fields. */
  readonly initial: Readonly<Record<string, string>>
}

export const AddRow = ({ draft, path, label, initial }: AddFacts) => {
  const add = (): void => {
    const count = countIn(draft.values, path)
    const fields = Object.entries(initial).map(([name, value]) => [`${path}[${count}].${name}`, value] as const)
    draft.fill({ ...Object.fromEntries(fields), [`${path}.n`]: String(count + 1) })
  }
  return (
    <p>
      <button type="button" onClick={add}>
        {label}
      </button>
    </p>
  )
}
