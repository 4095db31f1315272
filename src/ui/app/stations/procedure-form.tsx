// A procedure, made or given its next revision.

import { useEffect } from 'preact/hooks'
import { isRefusal, request } from '../../api/client.ts'
import { useFetched } from '../../api/fetched.ts'
import type { Firmware, Procedure } from '../../api/records.d.ts'
import { type Draft, useDraft } from '../../parts/draft.ts'
import { ChoiceField, TextField } from '../../parts/field.tsx'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { notify } from '../../parts/toast.tsx'
import { text } from '../../text/text.ts'
import { FirmwareFields, MoreFields, morePaths, SelfTestFields, StepFields, stepPaths } from './procedure-fields.tsx'
import { modulesOf, procedureBody, procedureValues, withoutEmptyLimits, wrongBounds } from './procedure-values.ts'
import { procedurePath } from './stations-addresses.ts'

export interface ProcedureFormFacts {
  /** The newest revision; null: a new procedure. */
  readonly procedure: Procedure | null
  readonly onDone: () => void
  readonly onClose: () => void
}

interface Packages {
  readonly items: readonly Firmware[]
}

const paths = ['id', 'product', 'process', 'bind', 'firmware', 'source', 'topic', 'selfTest', ...stepPaths, ...morePaths]

/** The form's names of what the API calls otherwise. */
const ownPaths: Readonly<Record<string, string>> = {
  'serial.pattern': 'pattern',
  'retest.max': 'retest',
  'retest.reasonNeeded': 'reasonNeeded',
  'reference.golden': 'golden',
  'reference.bad': 'bad',
  'reference.everySeconds': 'everyHours',
  reference: 'golden',
  'label.printer': 'printer',
  'label.template': 'template',
  'selfTest.source': 'source',
  'selfTest.topic': 'topic',
}

/** Faults at the fields that show what they are about. */
const ownFaults = (thrown: unknown): Readonly<Record<string, string>> => {
  const faults = isRefusal(thrown) ? (thrown.problem?.faults ?? []) : []
  return Object.fromEntries(
    faults.flatMap(({ path, message }) => {
      const own = ownPaths[path.replace(/\[\d+\]$/, '')]
      return own === undefined ? [] : [[own, message] as const]
    }),
  )
}

const productsOf = (packages: readonly Firmware[]): readonly string[] => [...new Set(packages.map(({ product }) => product))].sort()

const Fields = ({ draft, packages, isNew }: { readonly draft: Draft; readonly packages: readonly Firmware[]; readonly isNew: boolean }) => (
  <>
    {isNew ? (
      <TextField
        draft={draft}
        path="id"
        label={text('stations.procedure.id')}
        hint={text('stations.procedure.idHint')}
        autocomplete="off"
        required
      />
    ) : null}
    <div class="pair">
      <TextField draft={draft} path="product" label={text('stations.product')} offered={productsOf(packages)} autocomplete="off" required />
      <TextField
        draft={draft}
        path="process"
        label={text('stations.process')}
        hint={text('stations.procedure.processHint')}
        autocomplete="off"
        required
      />
    </div>
    <FirmwareFields draft={draft} packages={packages} />
    <ChoiceField
      draft={draft}
      path="bind"
      label={text('stations.procedure.bind')}
      hint={text(`stations.procedure.bindHint.${draft.get('bind') as Procedure['bind']}`)}
      choices={(['name', 'secret', 'next'] as const).map((each) => ({ value: each, label: text(`stations.procedure.bind.${each}`) }))}
    />
    <SelfTestFields draft={draft} />
    <StepFields draft={draft} />
    <MoreFields draft={draft} />
  </>
)

export const ProcedureForm = ({ procedure, onDone, onClose }: ProcedureFormFacts) => {
  const { data } = useFetched<Packages>('/firmware?limit=1000')
  const packages = data?.items ?? []
  const draft = useDraft(`stations.procedure ${procedure?.id ?? ''} ${procedure?.rev ?? 0}`, procedureValues(procedure))
  const products = productsOf(packages)
  // The only one there is needs no typing.
  const only = procedure === null && products.length === 1 ? (products[0] ?? '') : ''
  useEffect(() => {
    if (only !== '' && draft.get('product') === '') draft.fill({ product: only })
  }, [only])
  const id = procedure?.id ?? draft.get('id').trim()
  const modules = modulesOf(packages, draft.get('product').trim()).map(([module]) => module)
  const body = procedureBody(draft.values, [...new Set([...modules, ...(procedure?.firmware.map(({ module }) => module) ?? [])])])
  const save = async (): Promise<void> => {
    draft.fill(withoutEmptyLimits(draft.values))
    const wrong = wrongBounds(draft.values)
    if (wrong.length > 0) return draft.refuseFields(Object.fromEntries(wrong.map((path) => [path, text('stations.limit.noNumber')])))
    try {
      const made = await request<Procedure>(procedurePath(id), { method: 'PUT', body })
      draft.clear()
      notify(text('stations.procedure.saved', { id, rev: made.body.rev }), false, `procedure ${id}`)
      onDone()
    } catch (thrown) {
      draft.refuse(thrown, ownFaults(thrown))
    }
  }
  return (
    <FormDialog
      title={
        procedure === null ? text('stations.procedure.addTitle') : text('stations.procedure.nextTitle', { id, rev: procedure.rev + 1 })
      }
      draft={draft}
      paths={[...paths, ...Object.keys(ownPaths)]}
      action={text(procedure === null ? 'stations.procedure.addAct' : 'stations.procedure.nextAct')}
      curl={{ method: 'PUT', path: procedurePath(id === '' ? 'ID' : id), body }}
      onSubmit={save}
      onClose={onClose}
    >
      <Fields draft={draft} packages={packages} isNew={procedure === null} />
    </FormDialog>
  )
}
