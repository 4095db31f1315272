// What is done with a unit: released after a repair, given another board, its label printed again, its record taken out.

import { useState } from 'preact/hooks'
import { base, request } from '../../api/client.ts'
import { newKey } from '../../api/new-key.ts'
import type { Unit } from '../../api/records.d.ts'
import { Action } from '../../parts/action.tsx'
import { CopyCurl } from '../../parts/copy.tsx'
import { Opener } from '../../parts/opener.tsx'
import { attempt, notify } from '../../parts/toast.tsx'
import { language, text } from '../../text/text.ts'
import { ReasonForm } from './reason-form.tsx'
import { unitPath } from './stations-addresses.ts'

interface Facts {
  readonly unit: Unit
  readonly onChanged: () => void
}

const ReleaseForm = ({ unit, onChanged, onClose }: Facts & { readonly onClose: () => void }) => (
  <ReasonForm
    title={text('stations.release.title', { serial: unit.serial })}
    path={`${unitPath(unit.product, unit.serial)}/release`}
    hint={text('stations.release.hint')}
    action={text('stations.release.act')}
    more={{
      path: 'process',
      label: text('stations.process'),
      hint: text('stations.release.processHint'),
      offered: Object.keys(unit.processes),
    }}
    onDone={() => {
      notify(text('stations.release.done', { serial: unit.serial }))
      onChanged()
    }}
    onClose={onClose}
  />
)

const RebindForm = ({ unit, onChanged, onClose }: Facts & { readonly onClose: () => void }) => (
  <ReasonForm
    title={text('stations.rebind.title', { serial: unit.serial })}
    path={`${unitPath(unit.product, unit.serial)}/rebind`}
    hint={text('stations.rebind.hint')}
    action={text('stations.rebind.act')}
    more={{ path: 'device', label: text('stations.board'), hint: text('stations.rebind.deviceHint', { product: unit.product }) }}
    onDone={() => {
      notify(text('stations.rebind.done', { serial: unit.serial }))
      onChanged()
    }}
    onClose={onClose}
  />
)

const printLabel = ({ product, serial }: Unit): Promise<boolean> =>
  attempt(() => request(`${unitPath(product, serial)}/label`, { method: 'POST', key: newKey() }), text('stations.print.done', { serial }))

export const UnitActions = ({ unit, onChanged }: Facts) => {
  const [open, setOpen] = useState<'release' | 'rebind' | null>(null)
  const path = unitPath(unit.product, unit.serial)
  const close = (): void => setOpen(null)
  return (
    <div class="row">
      <a class="button main" href={`${base}${path}?format=html&language=${language.value}`} target="_blank" rel="noopener">
        {text('stations.certificate')}
      </a>
      <a class="button" href={`${base}${path}`} download={`${unit.product}-${unit.serial}.json`}>
        {text('stations.download')}
      </a>
      <Opener needs="operator" onOpen={() => setOpen('release')}>
        {text('stations.release.open')}
      </Opener>
      <Action needs="operator" onAct={() => printLabel(unit)}>
        {text('stations.print')}
      </Action>
      <Opener needs="admin" onOpen={() => setOpen('rebind')}>
        {text('stations.rebind.open')}
      </Opener>
      <CopyCurl needs="viewer" method="GET" path={path} />
      {open === 'release' ? <ReleaseForm unit={unit} onChanged={onChanged} onClose={close} /> : null}
      {open === 'rebind' ? <RebindForm unit={unit} onChanged={onChanged} onClose={close} /> : null}
    </div>
  )
}
