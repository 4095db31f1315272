// A field of a form: its label, what it is for, and beside it what is wrong with it.

import type { ComponentChildren, TargetedInputEvent } from 'preact'
import { useId } from 'preact/hooks'
import type { Draft } from './draft.ts'
import './field.css'

export interface FieldFacts {
  readonly draft: Draft
  /** As in the faults of the API, such as `rate.perMinute`. */
  readonly path: string
  readonly label: string
  readonly hint?: string
}

interface Wired {
  readonly id: string
  readonly 'aria-invalid': boolean
  readonly 'aria-describedby'?: string
}

const Around = (facts: FieldFacts & { readonly children: (wired: Wired) => ComponentChildren; readonly isCheck?: boolean }) => {
  const { draft, path, label, hint, children, isCheck = false } = facts
  const id = useId()
  const fault = draft.faultOf(path)
  const described = [...(fault === null ? [] : [`${id}-fault`]), ...(hint === undefined ? [] : [`${id}-hint`])].join(' ')
  const control = children({ id, 'aria-invalid': fault !== null, ...(described === '' ? {} : { 'aria-describedby': described }) })
  const name = <label for={id}>{label}</label>
  return (
    <div class={isCheck ? 'field check' : 'field'}>
      {isCheck ? [control, name] : [name, control]}
      {fault === null ? null : (
        <span class="fault" id={`${id}-fault`}>
          {fault}
        </span>
      )}
      {hint === undefined ? null : (
        <span class="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
    </div>
  )
}

export interface TextFieldFacts extends FieldFacts {
  readonly type?: 'text' | 'password'
  readonly inputMode?: 'numeric'
  readonly autocomplete?: 'username' | 'current-password' | 'new-password' | 'off'
  readonly required?: boolean
  readonly placeholder?: string
  /** What is offered; anything else can be typed too. */
  readonly offered?: readonly string[]
}

const Offered = ({ id, values }: { readonly id: string; readonly values: readonly string[] }) => (
  <datalist id={id}>
    {values.map((value) => (
      <option key={value} value={value} />
    ))}
  </datalist>
)

export const TextField = ({ draft, path, label, hint, type = 'text', offered, ...rest }: TextFieldFacts) => (
  <Around draft={draft} path={path} label={label} {...(hint === undefined ? {} : { hint })}>
    {(wired) => {
      const list = offered === undefined ? {} : { list: `${wired.id}-offered` }
      const all = { ...rest, ...wired, ...list, name: path, value: draft.get(path) }
      const write = (event: TargetedInputEvent<HTMLInputElement>): void => draft.set(path, event.currentTarget.value)
      if (type === 'password') return <input type="password" {...all} onInput={write} />
      const input = <input type="text" {...all} onInput={write} />
      return offered === undefined ? input : [input, <Offered key="offered" id={`${wired.id}-offered`} values={offered} />]
    }}
  </Around>
)

export const AreaField = ({ draft, path, label, hint, rows = 3 }: FieldFacts & { readonly rows?: number }) => (
  <Around draft={draft} path={path} label={label} {...(hint === undefined ? {} : { hint })}>
    {(wired) => (
      <textarea
        {...wired}
        name={path}
        rows={rows}
        value={draft.get(path)}
        onInput={(event) => draft.set(path, event.currentTarget.value)}
      />
    )}
  </Around>
)

/** A day and a time in the browser's zone. */
export const TimeField = ({ draft, path, label, hint }: FieldFacts) => (
  <Around draft={draft} path={path} label={label} {...(hint === undefined ? {} : { hint })}>
    {(wired) => (
      <input
        {...wired}
        name={path}
        type="datetime-local"
        value={draft.get(path)}
        onInput={(event) => draft.set(path, event.currentTarget.value)}
      />
    )}
  </Around>
)

export interface Choice {
  readonly value: string
  readonly label: string
}

export interface ChoiceFieldFacts extends FieldFacts {
  readonly choices: readonly Choice[]
  /** In place of setting the value alone. */
  readonly onChoose?: (value: string) => void
}

export const ChoiceField = ({ draft, path, label, hint, choices, onChoose }: ChoiceFieldFacts) => (
  <Around draft={draft} path={path} label={label} {...(hint === undefined ? {} : { hint })}>
    {(wired) => (
      <select
        {...wired}
        name={path}
        value={draft.get(path)}
        onChange={({ currentTarget: { value } }) => (onChoose === undefined ? draft.set(path, value) : onChoose(value))}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
    )}
  </Around>
)

/** Its value is `true` or empty. */
export const CheckField = ({ draft, path, label, hint }: FieldFacts) => (
  <Around draft={draft} path={path} label={label} isCheck {...(hint === undefined ? {} : { hint })}>
    {(wired) => (
      <input
        {...wired}
        name={path}
        type="checkbox"
        checked={draft.get(path) === 'true'}
        onChange={(event) => draft.set(path, event.currentTarget.checked ? 'true' : '')}
      />
    )}
  </Around>
)

export interface FormFaultFacts {
  readonly draft: Draft
  readonly paths: readonly string[]
  /** What people call a path. */
  readonly nameOf?: ((path: string) => string) | undefined
}

/** What was refused and belongs to no field of the form. */
export const FormFaults = ({ draft, paths, nameOf }: FormFaultFacts) => {
  const rest = draft.faultsBeside(paths, nameOf)
  return rest.length === 0 ? null : (
    <div class="faults" role="alert" tabIndex={-1}>
      {rest.map((fault) => (
        <p key={fault}>{fault}</p>
      ))}
    </div>
  )
}
