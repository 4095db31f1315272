// A station, added or set up anew.

import { useEffect } from 'preact/hooks'
import { request } from '../../api/client.ts'
import { useFetched } from '../../api/fetched.ts'
import type { Procedure, Station } from '../../api/records.d.ts'
import { type Draft, useDraft } from '../../parts/draft.ts'
import { AreaField, CheckField, ChoiceField, TextField } from '../../parts/field.tsx'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { notify } from '../../parts/toast.tsx'
import { language, text } from '../../text/text.ts'
import { FoldedFields } from './folded-fields.tsx'
import { stationBody, stationValues } from './station-values.ts'
import { stationPath } from './stations-addresses.ts'

export interface StationFormFacts {
  /** null: a new one. */
  readonly station: Station | null
  readonly onDone: (id: string) => void
  readonly onClose: () => void
}

interface Offered {
  readonly items: readonly Procedure[]
}

const folded = ['slotAddresses', 'passSeconds', 'sound'] as const
const paths = ['id', 'name', 'procedure', 'slots', 'operator', 'language', ...folded]

const Folded = ({ draft }: { readonly draft: Draft }) => (
  <FoldedFields draft={draft} title={text('stations.form.more')} said={text('stations.station.moreSaid')} paths={folded}>
    <AreaField
      draft={draft}
      path="slotAddresses"
      label={text('stations.station.addresses')}
      hint={text('stations.station.addressesHint')}
    />
    <TextField
      draft={draft}
      path="passSeconds"
      label={text('stations.station.passSeconds')}
      hint={text('stations.station.passSecondsHint')}
      inputMode="numeric"
    />
    <CheckField draft={draft} path="sound" label={text('stations.station.sound')} />
  </FoldedFields>
)

const Fields = ({
  draft,
  station,
  procedures,
}: {
  readonly draft: Draft
  readonly station: Station | null
  readonly procedures: readonly Procedure[]
}) => (
  <>
    {station === null ? (
      <TextField
        draft={draft}
        path="id"
        label={text('stations.station.id')}
        hint={text('stations.station.idHint')}
        autocomplete="off"
        required
      />
    ) : null}
    <TextField
      draft={draft}
      path="name"
      label={text('stations.station.name')}
      hint={text('stations.station.nameHint')}
      autocomplete="off"
    />
    <ChoiceField
      draft={draft}
      path="procedure"
      label={text('stations.procedure')}
      choices={[
        { value: '', label: text('stations.station.chooseProcedure') },
        ...procedures.map(({ id, product, process }) => ({ value: id, label: `${id} · ${product} · ${process}` })),
      ]}
    />
    <div class="pair">
      <TextField
        draft={draft}
        path="slots"
        label={text('stations.station.slots')}
        hint={text('stations.station.slotsHint')}
        inputMode="numeric"
        required
      />
      <ChoiceField
        draft={draft}
        path="language"
        label={text('stations.station.language')}
        choices={[
          { value: 'en', label: 'English' },
          { value: 'zh', label: '中文' },
        ]}
      />
    </div>
    <ChoiceField
      draft={draft}
      path="operator"
      label={text('stations.operator')}
      choices={[
        { value: 'none', label: text('stations.station.operatorNone') },
        { value: 'scan', label: text('stations.station.operatorScan') },
      ]}
    />
    <Folded draft={draft} />
  </>
)

export const StationForm = ({ station, onDone, onClose }: StationFormFacts) => {
  const { data } = useFetched<Offered>('/procedures')
  const procedures = data?.items ?? []
  const draft = useDraft(`stations.station ${station?.id ?? ''}`, stationValues(station, '', language.peek()))
  // The only one there is needs no choice.
  const only = procedures.length === 1 ? (procedures[0]?.id ?? '') : ''
  useEffect(() => {
    if (only !== '' && draft.get('procedure') === '') draft.fill({ procedure: only })
  }, [only])
  const id = station?.id ?? draft.get('id').trim()
  const body = stationBody(draft.values)
  const save = async (): Promise<void> => {
    await request(stationPath(id), { method: 'PUT', body })
    draft.clear()
    notify(text('stations.station.saved', { id }))
    onDone(id)
  }
  return (
    <FormDialog
      title={station === null ? text('stations.station.addTitle') : text('stations.station.editTitle', { id })}
      draft={draft}
      paths={paths}
      action={text(station === null ? 'stations.station.addAct' : 'stations.station.saveAct')}
      curl={{ method: 'PUT', path: stationPath(id === '' ? 'ID' : id), body }}
      onSubmit={save}
      onClose={onClose}
    >
      <Fields draft={draft} station={station} procedures={procedures} />
    </FormDialog>
  )
}
