// The button that opens the browser's choice of a file, and the place that says where a file can be dropped.

import { useRef } from 'preact/hooks'
import { lacking } from '../../parts/action.tsx'
import { chooseFile } from '../../parts/file-drop.tsx'
import { text } from '../../text/text.ts'

export const ChooseFile = ({ label, kind = 'main' }: { readonly label: string; readonly kind?: 'main' | '' }) => {
  const input = useRef<HTMLInputElement>(null)
  const why = lacking('operator')
  return (
    <>
      <input
        ref={input}
        class="unseen"
        type="file"
        tabIndex={-1}
        aria-hidden="true"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0]
          if (file !== undefined) chooseFile(file)
          // The same file can be chosen again.
          event.currentTarget.value = ''
        }}
      />
      <button type="button" class={kind} disabled={why !== undefined} title={why} onClick={() => input.current?.click()}>
        {label}
      </button>
    </>
  )
}

/** While there is no package. */
export const DropHere = () => (
  <section class="sheet drop-here">
    <h2>{text('firmware.packages.dropHere')}</h2>
    <p class="dim">{lacking('operator') ?? text('firmware.packages.dropHint')}</p>
    <ChooseFile label={text('firmware.packages.choose')} />
  </section>
)
