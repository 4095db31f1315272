// The fields of a package.

import type { Draft } from '../../parts/draft.ts'
import { AreaField, ChoiceField, TextField } from '../../parts/field.tsx'
import { text } from '../../text/text.ts'
import type { KnownModules } from './image-said.ts'

export interface UploadFieldsFacts {
  readonly draft: Draft
  readonly known: KnownModules
}

const digests = [
  { value: 'MD5', label: 'MD5' },
  { value: 'SHA256', label: 'SHA-256' },
]

/** Of the product; of one that is not known, of all. */
const modulesOf = (product: string, known: KnownModules): readonly string[] =>
  known.get(product) ?? [...new Set([...known.values()].flat())].sort()

export const UploadFields = ({ draft, known }: UploadFieldsFacts) => (
  <>
    <div class="upload-names">
      <TextField
        draft={draft}
        path="product"
        label={text('firmware.upload.product')}
        offered={[...known.keys()].sort()}
        autocomplete="off"
      />
      <TextField
        draft={draft}
        path="module"
        label={text('firmware.upload.module')}
        offered={modulesOf(draft.get('product'), known)}
        autocomplete="off"
      />
      <TextField
        draft={draft}
        path="version"
        label={text('firmware.upload.version')}
        hint={text('firmware.upload.versionHint')}
        autocomplete="off"
      />
    </div>
    <AreaField
      draft={draft}
      path="description"
      label={text('firmware.upload.description')}
      hint={text('firmware.upload.descriptionHint')}
      rows={2}
    />
    <details open={draft.get('from') !== '' || draft.faultOf('from') !== null}>
      <summary>{text('firmware.upload.more')}</summary>
      <div class="upload-names">
        <AreaField draft={draft} path="from" label={text('firmware.upload.from')} hint={text('firmware.upload.fromHint')} />
        <ChoiceField draft={draft} path="signMethod" label={text('firmware.upload.signMethod')} choices={digests} />
      </div>
    </details>
  </>
)
