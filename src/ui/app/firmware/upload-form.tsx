// The form for a file that is to become a package: what it is called, filled in from what the image says of itself, and what is wrong with it before
// it is sent.

import { useEffect, useState } from 'preact/hooks'
import { withQuery } from '../../api/client.ts'
import { figures } from '../../api/live.ts'
import { Action } from '../../parts/action.tsx'
import { CopyCurl } from '../../parts/copy.tsx'
import { type Draft, useDraft } from '../../parts/draft.ts'
import { FormFaults } from '../../parts/field.tsx'
import { chosenFile } from '../../parts/file-drop.tsx'
import { text } from '../../text/text.ts'
import { fillings, type ImageSaid, type KnownModules, readSaid } from './image-said.ts'
import { forgetUpload, startUpload, upload } from './upload.ts'
import { namedOf } from './upload-checks.ts'
import { UploadFields } from './upload-fields.tsx'
import { FileLine, ImageLine, LostFile, TornLine } from './upload-file.tsx'
import { Findings, useFindings } from './upload-findings.tsx'

const initial = { module: 'default', signMethod: 'MD5' }
const fields = ['product', 'module', 'version', 'description', 'from', 'signMethod'] as const

/** Kept in the browser until the package is there, or the file is put away. */
export const usePackageDraft = (): Draft => useDraft('package', initial)

/** Whether something is left of a form whose file is gone: the page was loaded again. */
export const isBegun = (draft: Draft): boolean => draft.get('fileName') !== ''

const pathOf = (draft: Draft): string => {
  const { product, module, version, from } = namedOf(draft.values)
  const [description, signMethod] = [draft.get('description'), draft.get('signMethod')]
  return withQuery('/firmware', { product, module, version, description, signMethod, from })
}

/** What devices have reported. */
const knownModules = (): KnownModules => {
  const known = new Map<string, readonly string[]>()
  for (const { product, module } of figures.value?.devices.modules ?? []) known.set(product, [...(known.get(product) ?? []), module].sort())
  return known
}

/** Reads the file, and fills in what it says. */
const useSaid = (file: File | null, draft: Draft): ImageSaid => {
  const [said, setSaid] = useState<ImageSaid>({ kind: 'reading' })
  useEffect(() => {
    if (file === null) return
    let isCurrent = true
    setSaid({ kind: 'reading' })
    void readSaid(file).then((found) => {
      if (!isCurrent) return
      setSaid(found)
      const filling = found.kind === 'read' ? fillings(draft.values, found.facts, knownModules()) : {}
      draft.fill({ ...filling, fileName: file.name })
    })
    return () => {
      isCurrent = false
    }
  }, [file, draft])
  return said
}

/** A field that must not be empty is looked at here: the server would say so only when it is sent the file. */
const missing = (draft: Draft): Readonly<Record<string, string>> =>
  Object.fromEntries(
    ['product', 'version'].filter((path) => draft.get(path).trim() === '').map((path) => [path, text('firmware.upload.needed')]),
  )

const send = (draft: Draft, file: File): void => {
  const faults = missing(draft)
  if (Object.keys(faults).length > 0) draft.refuseFields(faults)
  else startUpload(file, pathOf(draft))
}

const discard = (draft: Draft): void => {
  draft.clear()
  chosenFile.value = null
  forgetUpload()
}

export const UploadForm = ({ draft }: { readonly draft: Draft }) => {
  const file = chosenFile.value
  const said = useSaid(file, draft)
  const ended = upload.value
  const findings = useFindings(file, draft, said)
  useEffect(() => {
    if (ended.kind === 'refused') draft.refuse(ended.refusal)
  }, [ended, draft])
  const blocked = findings.some(({ blocks }) => blocks)
  const why = file === null ? text('firmware.upload.chooseFirst') : blocked ? text('firmware.upload.blocked') : undefined
  const isAgain = ended.kind === 'torn' || ended.kind === 'refused' || ended.kind === 'canceled'
  return (
    <section class="sheet stack upload" aria-label={text('firmware.upload.title')}>
      <h2>{text('firmware.upload.title')}</h2>
      {file === null ? <LostFile name={draft.get('fileName')} /> : <FileLine file={file} />}
      {file === null ? null : <ImageLine said={said} />}
      <TornLine />
      <UploadFields draft={draft} known={knownModules()} />
      <Findings findings={findings} draft={draft} />
      <FormFaults draft={draft} paths={fields} />
      <div class="row end">
        <CopyCurl needs="operator" method="PUT" path={pathOf(draft)} file={file?.name ?? draft.get('fileName')} />
        <button type="button" onClick={() => discard(draft)}>
          {text('firmware.upload.discard')}
        </button>
        <Action needs="operator" kind="main" reason={why} onAct={async () => file !== null && send(draft, file)}>
          {text(isAgain ? 'firmware.upload.again' : 'firmware.upload.act')}
        </Action>
      </div>
    </section>
  )
}
