// Pushing a package to this device alone: a campaign with it as its only target.

import { useEffect, useState } from 'preact/hooks'
import { request } from '../../api/client.ts'
import { useFetched } from '../../api/fetched.ts'
import { newKey } from '../../api/new-key.ts'
import type { Campaign, Device, Firmware } from '../../api/records.d.ts'
import { Action } from '../../parts/action.tsx'
import { CopyCurl } from '../../parts/copy.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { type Draft, useDraft } from '../../parts/draft.ts'
import { CheckField, ChoiceField, FormFaults } from '../../parts/field.tsx'
import { campaignHref, go } from '../../router.ts'
import { bytes, text } from '../../text/text.ts'
import { keyOf } from './device-changes.ts'
import type { Page } from './device-facts.ts'

/** Those of modules that it has reported first, then the newest. */
const fitting = (all: readonly Firmware[], { product, modules }: Device): readonly Firmware[] =>
  all
    .filter((firmware) => firmware.product === product)
    .sort((one, other) => Number(other.module in modules) - Number(one.module in modules) || Number(other.id) - Number(one.id))

const labelOf = ({ module, version, size }: Firmware): string => text('devices.push.package', { module, version, size: bytes(size) })

const bodyOf = (draft: Draft, firmware: string, device: string): object => ({
  firmware,
  start: true,
  target: { devices: [device] },
  ...(draft.get('reflash') === 'true' ? { reflash: true } : {}),
})

/** What the device runs of the package's module. */
const Installed = ({ device, firmware }: { readonly device: Device; readonly firmware: Firmware }) => {
  const running = device.modules[firmware.module]?.version
  return (
    <div class="stack">
      <p>
        {running === undefined
          ? text('devices.push.unreported', { module: firmware.module })
          : running === firmware.version
            ? text('devices.push.same', { version: running })
            : text('devices.push.change', { from: running, to: firmware.version })}
      </p>
      {firmware.description === '' ? null : <p class="description">{firmware.description}</p>}
    </div>
  )
}

const Form = ({ device, onClose }: { readonly device: Device; readonly onClose: () => void }) => {
  const { data } = useFetched<Page<Firmware>>('/firmware?limit=1000')
  const draft = useDraft(null, {})
  const [key] = useState(newKey)
  const packages = fitting(data?.items ?? [], device)
  useEffect(() => {
    if (packages[0] !== undefined) draft.fill({ firmware: packages[0].id })
  }, [data])
  const chosen = packages.find(({ id }) => id === draft.get('firmware')) ?? packages[0]
  const body = bodyOf(draft, chosen?.id ?? '', keyOf(device))
  const push = async (): Promise<void> => {
    try {
      const { body: campaign } = await request<Campaign>('/campaigns', { method: 'POST', body, key })
      onClose()
      go(campaignHref(campaign.id))
    } catch (thrown) {
      draft.refuse(thrown)
    }
  }
  if (data !== null && packages.length === 0) {
    return (
      <p>
        {text('devices.push.none', { product: device.product })} <a href="/firmware">{text('nav.firmware')}</a>
      </p>
    )
  }
  return (
    <div class="stack">
      <ChoiceField
        draft={draft}
        path="firmware"
        label={text('devices.push.choose')}
        choices={packages.map((firmware) => ({ value: firmware.id, label: labelOf(firmware) }))}
      />
      {chosen === undefined ? null : <Installed device={device} firmware={chosen} />}
      <CheckField draft={draft} path="reflash" label={text('devices.push.reflash')} />
      <FormFaults draft={draft} paths={['firmware', 'reflash']} />
      <div class="row end">
        <CopyCurl needs="operator" method="POST" path="/campaigns" body={body} />
        <button type="button" onClick={onClose}>
          {text('action.keep')}
        </button>
        <Action needs="operator" kind="main" onAct={push} reason={chosen === undefined ? text('devices.push.choose') : undefined}>
          {text('devices.push.act')}
        </Action>
      </div>
    </div>
  )
}

export const PushAction = ({ device }: { readonly device: Device }) => {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Action needs="operator" kind="main" onAct={() => Promise.resolve(setOpen(true))}>
        {text('devices.push.open')}
      </Action>
      {isOpen ? (
        <Dialog title={text('devices.push.title', { device: keyOf(device) })} onClose={() => setOpen(false)}>
          <Form device={device} onClose={() => setOpen(false)} />
        </Dialog>
      ) : null}
    </>
  )
}
