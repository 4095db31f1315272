// The fields of a package.

import type { Draft } from '../../parts/draft.ts'
import { AreaField, ChoiceField, TextField } from '../../parts/field.tsx'
import { text } from '../../text/text.ts'

export interface UploadFieldsFacts {
  readonly draft: Draft
  readonly products: readonly string[]
  readonly modules: readonly string[]
}

const digests = [
  { value: 'MD5', label: 'MD5' },
  { value: 'SHA256', label: 'SHA-256' },
]

export const UploadFields = ({ draft, products, modules }: UploadFieldsFacts) => (
  <>
    <div class="upload-names">
      <TextField draft={draft} path="product" label={text('upload.product')} offered={products} autocomplete="off" />
      <TextField draft={draft} path="module" label={text('upload.module')} offered={modules} autocomplete="off" />
      <TextField draft={draft} path="version" label={text('upload.version')} hint={text('upload.versionHint')} autocomplete="off" />
    </div>
    <AreaField draft={draft} path="description" label={text('upload.description')} hint={text('upload.descriptionHint')} rows={2} />
    <details open={draft.get('from') !== '' || draft.faultOf('from') !== null}>
      <summary>{text('upload.more')}</summary>
      <div class="upload-names">
        <AreaField draft={draft} path="from" label={text('upload.from')} hint={text('upload.fromHint')} />
        <ChoiceField draft={draft} path="signMethod" label={text('upload.signMethod')} choices={digests} />
      </div>
    </details>
  </>
)
