// The packages: what there is, who runs and uses it, and adding one. A file may be dropped anywhere on the page.

import { useEffect } from 'preact/hooks'
import { lacking } from '../../parts/action.tsx'
import { chosenFile } from '../../parts/file-drop.tsx'
import { Pager } from '../../parts/pager.tsx'
import { Refused } from '../../parts/refused.tsx'
import { notify } from '../../parts/toast.tsx'
import { setQuery } from '../../router.ts'
import { text } from '../../text/text.ts'
import { ChooseFile, DropHere } from './choose-file.tsx'
import { PackageFilters } from './package-filters.tsx'
import { type PackageList, pageSize, usePackages } from './package-list.ts'
import { PackageTable } from './package-table.tsx'
import './packages.css'
import { forgetUpload, upload } from './upload.ts'
import { isBegun, UploadForm, usePackageDraft } from './upload-form.tsx'
import { UploadAdded, UploadProgress } from './upload-progress.tsx'

const NothingMatches = ({ total }: { readonly total: number }) => (
  <p class="sheet row">
    {text('firmware.packages.nothing', { n: total })}
    <button type="button" onClick={() => setQuery({ q: '', product: '', after: '' })}>
      {text('firmware.packages.showAll')}
    </button>
  </p>
)

const Listed = ({ list, isAdding }: { readonly list: PackageList; readonly isAdding: boolean }) => {
  const { page, problem, reload } = list
  if (problem !== null) return <Refused problem={problem} onRetry={reload} />
  if (page === null) return null
  if (page.total === 0 && isAdding) return null
  if (page.total === 0) return <DropHere />
  if (page.items.length === 0) return <NothingMatches total={page.total} />
  return (
    <>
      <PackageTable list={list} items={page.items} />
      <Pager next={page.next} size={pageSize} shown={page.items.length} count={page.count} isPending={list.isPending} />
    </>
  )
}

/** One upload at a time: what is chosen meanwhile is refused. A new file puts away how the last upload ended. */
const useOneAtATime = (): void => {
  const file = chosenFile.value
  useEffect(() => {
    const now = upload.peek()
    if (now.kind === 'sending' && file !== now.file) {
      if (file !== null) notify(text('firmware.upload.busy', { name: file.name, sending: now.file.name }), true)
      chosenFile.value = now.file
    } else if (file !== null && now.kind !== 'none' && now.file !== file) forgetUpload()
  }, [file])
}

const useUploadEnd = (list: PackageList, clear: () => void): void => {
  const now = upload.value
  useEffect(() => {
    if (now.kind !== 'added') return
    clear()
    list.refresh()
  }, [now])
}

const Adding = ({ draft }: { readonly draft: ReturnType<typeof usePackageDraft> }) => {
  const now = upload.value
  if (now.kind === 'sending') return <UploadProgress sending={now} />
  if (now.kind === 'added') return <UploadAdded added={now} />
  return chosenFile.value !== null || isBegun(draft) ? <UploadForm draft={draft} /> : null
}

/** Why not is not only in the title of a button that cannot have the focus. */
const Add = () => (
  <div class="row">
    <span class="dim">{lacking('operator')}</span>
    <ChooseFile label={text('firmware.packages.add')} />
  </div>
)

export const Packages = () => {
  const list = usePackages()
  const draft = usePackageDraft()
  useOneAtATime()
  useUploadEnd(list, draft.clear)
  const { page, changes } = list
  const isAdding = upload.value.kind !== 'none' || chosenFile.value !== null || isBegun(draft)
  const isEmpty = page !== null && page.total === 0
  return (
    <div class="view">
      <header>
        <h1 tabIndex={-1}>{text('nav.firmware')}</h1>
        {changes === 0 ? null : (
          <button type="button" onClick={list.refresh}>
            {text('firmware.packages.refresh', { n: changes })}
          </button>
        )}
        {isEmpty ? null : <PackageFilters products={(page?.items ?? []).map(({ product }) => product)} />}
        {isAdding || isEmpty ? null : <Add />}
      </header>
      <Adding draft={draft} />
      <Listed list={list} isAdding={isAdding} />
    </div>
  )
}
