// A form that Enter sends: it does what its main button does, with all that holds it back.

import type { ComponentChildren } from 'preact'

export const EnterForm = ({ children, class: name = 'stack' }: { readonly children: ComponentChildren; readonly class?: string }) => (
  <form
    class={name}
    onSubmit={(event) => {
      event.preventDefault()
      event.currentTarget.querySelector<HTMLButtonElement>('button.main')?.click()
    }}
  >
    {children}
    {/* Without one a browser does not send a form of several fields. */}
    <input type="submit" hidden />
  </form>
)
