// What an admin does with a station: a link for its screen, other settings, an end to a block, its removal.

import { useState } from 'preact/hooks'
import { request } from '../../api/client.ts'
import type { StationView } from '../../api/records.d.ts'
import { Action } from '../../parts/action.tsx'
import { ask } from '../../parts/dialog.tsx'
import { Opener } from '../../parts/opener.tsx'
import { attempt } from '../../parts/toast.tsx'
import { text } from '../../text/text.ts'
import { ReasonForm } from './reason-form.tsx'
import { ScreenLink } from './screen-link.tsx'
import { StationForm } from './station-form.tsx'
import { stationPath } from './stations-addresses.ts'

const remove = async ({ id, slots }: StationView): Promise<void> => {
  const isSure = await ask({
    title: text('stations.remove.title', { id }),
    body: <p>{text('stations.remove.body', { n: slots })}</p>,
    action: text('stations.remove.act'),
  })
  if (isSure) await attempt(() => request(stationPath(id), { method: 'DELETE' }), text('stations.remove.done', { id }))
}

export const StationActions = ({ view, onChanged }: { readonly view: StationView; readonly onChanged: () => void }) => {
  const [open, setOpen] = useState<'link' | 'edit' | 'unblock' | null>(null)
  const close = (): void => setOpen(null)
  return (
    <div class="row card-actions">
      {view.reference === null || view.reference.blocked === null ? null : (
        <Opener needs="admin" kind="main" onOpen={() => setOpen('unblock')}>
          {text('stations.unblock.open')}
        </Opener>
      )}
      <Opener needs="admin" kind="plain" onOpen={() => setOpen('link')}>
        {text('stations.link.open')}
      </Opener>
      <Opener needs="admin" kind="plain" onOpen={() => setOpen('edit')}>
        {text('stations.station.edit')}
      </Opener>
      <Action needs="admin" kind="plain" onAct={() => remove(view)}>
        {text('stations.remove.open')}
      </Action>
      {open === 'link' ? <ScreenLink station={view.id} onClose={close} /> : null}
      {open === 'edit' ? <StationForm station={view} onDone={close} onClose={close} /> : null}
      {open === 'unblock' ? (
        <ReasonForm
          title={text('stations.unblock.title', { id: view.id })}
          path={`${stationPath(view.id)}/unblock`}
          hint={text('stations.unblock.hint')}
          action={text('stations.unblock.act')}
          onDone={onChanged}
          onClose={close}
        />
      ) : null}
    </div>
  )
}
