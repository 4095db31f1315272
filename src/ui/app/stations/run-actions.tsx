// What operators do with a run: end it while it is open, or confirm that its result was seen, which frees the slot.

import { request } from '../../api/client.ts'
import { newKey } from '../../api/new-key.ts'
import type { Run, StationView } from '../../api/records.d.ts'
import { Action } from '../../parts/action.tsx'
import { CopyCurl } from '../../parts/copy.tsx'
import { ask } from '../../parts/dialog.tsx'
import { attempt } from '../../parts/toast.tsx'
import { text } from '../../text/text.ts'

export interface RunActionFacts {
  readonly run: Run
  /** null: another run is in its slot by now. */
  readonly slot: StationView['slotViews'][number] | null
  readonly onChanged: () => void
}

const pathOf = ({ id }: Run, verb: 'abort' | 'acknowledge'): string => `/runs/${encodeURIComponent(id)}/${verb}`

const send = async (run: Run, verb: 'abort' | 'acknowledge', onChanged: () => void): Promise<void> => {
  const done = text(`stations.run.done.${verb}`, { id: run.id })
  if (await attempt(() => request(pathOf(run, verb), { method: 'POST', key: newKey() }), done)) onChanged()
}

const abort = async (run: Run, onChanged: () => void): Promise<void> => {
  const isSure = await ask({
    title: text('stations.abort.title', { id: run.id, serial: run.serial }),
    body: <p>{text('stations.abort.body', { station: run.station, slot: run.slot })}</p>,
    action: text('stations.abort.act'),
  })
  if (isSure) await send(run, 'abort', onChanged)
}

export const RunActions = ({ run, slot, onChanged }: RunActionFacts) => {
  if (run.state !== 'ended')
    return (
      <div class="row">
        <Action needs="operator" kind="danger" onAct={() => abort(run, onChanged)}>
          {text('stations.abort.open')}
        </Action>
        <CopyCurl needs="operator" method="POST" path={pathOf(run, 'abort')} what={text('stations.abort.open')} />
      </div>
    )
  if (run.outcome === 'passed' || slot === null || slot.isAcknowledged) return null
  return (
    <div class="row">
      <Action needs="operator" kind="main" onAct={() => send(run, 'acknowledge', onChanged)}>
        {text('stations.acknowledge')}
      </Action>
      <CopyCurl needs="operator" method="POST" path={pathOf(run, 'acknowledge')} what={text('stations.acknowledge')} />
    </div>
  )
}
