// A secret that was just made. It is gone when the dialog closes.

import { CopyButton } from '../../parts/copy.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Mark } from '../../parts/mark.tsx'
import { text } from '../../text/text.ts'

export interface ShownOnceFacts {
  readonly title: string
  readonly secret: string
  /** What it is for. */
  readonly hint: string
  readonly onClose: () => void
}

export const ShownOnce = ({ title, secret, hint, onClose }: ShownOnceFacts) => (
  <Dialog title={title} onClose={onClose} isHeld>
    <div class="once stack">
      <Mark kind="warn">{text('settings.once')}</Mark>
      <code>{secret}</code>
      <p>
        <CopyButton value={secret} />
      </p>
      <p class="dim">{hint}</p>
    </div>
    <div class="row end">
      <button type="button" class="main" onClick={onClose}>
        {text('settings.onceDone')}
      </button>
    </div>
  </Dialog>
)
