// What a device proves itself with: its kind; forgetting it asks, a new secret is typed and never shown.

import { useState } from 'preact/hooks'
import { request } from '../../api/client.ts'
import { Action } from '../../parts/action.tsx'
import { CopyCurl } from '../../parts/copy.tsx'
import { ask, Dialog } from '../../parts/dialog.tsx'
import { useDraft } from '../../parts/draft.ts'
import { FormFaults, TextField } from '../../parts/field.tsx'
import { attempt, notify } from '../../parts/toast.tsx'
import { text } from '../../text/text.ts'
import { keyOf } from './device-changes.ts'
import { devicePath } from './device-facts.ts'
import type { EditedDevice } from './edit-field.tsx'
import { EnterForm } from './enter-form.tsx'

const forget = async ({ device, etag, onChanged }: EditedDevice): Promise<void> => {
  const params = { device: keyOf(device) }
  const isSure = await ask({
    title: text('devices.credential.forgetTitle', params),
    body: <p>{text('devices.credential.forgetBody')}</p>,
    action: text('devices.credential.forgetAct'),
  })
  if (!isSure) return
  const path = `${devicePath(device.product, device.name)}/credential`
  await attempt(() => request(path, { method: 'DELETE', etag }), text('devices.credential.wasForgotten', params))
  onChanged()
}

const SecretForm = ({ device, etag, onChanged, onClose }: EditedDevice & { readonly onClose: () => void }) => {
  const draft = useDraft(null, {})
  const path = devicePath(device.product, device.name)
  const save = async (): Promise<void> => {
    try {
      await request(path, { method: 'PATCH', etag, body: { secret: draft.get('secret') } })
      notify(text('devices.credential.wasSet', { device: keyOf(device) }))
      onChanged()
      onClose()
    } catch (thrown) {
      draft.refuse(thrown)
    }
  }
  return (
    <Dialog title={text('devices.credential.setTitle', { device: keyOf(device) })} onClose={onClose}>
      <EnterForm>
        <p>{text('devices.credential.setBody')}</p>
        <TextField draft={draft} path="secret" type="password" label={text('devices.addDevice.secret')} autocomplete="new-password" />
        <FormFaults draft={draft} paths={['secret']} />
        <div class="row end">
          <button type="button" onClick={onClose}>
            {text('action.keep')}
          </button>
          <Action needs="admin" kind="main" onAct={save}>
            {text('devices.credential.setAct')}
          </Action>
        </div>
      </EnterForm>
    </Dialog>
  )
}

export const DeviceCredential = (facts: EditedDevice) => {
  const [isOpen, setOpen] = useState(false)
  const { device } = facts
  return (
    <div class="row">
      <span>{text(`devices.credential.kind.${device.credential}`)}</span>
      <Action needs="admin" kind="plain" onAct={() => Promise.resolve(setOpen(true))}>
        {text('devices.credential.set')}
      </Action>
      {device.credential === 'none' ? null : (
        <>
          <Action needs="admin" kind="plain" onAct={() => forget(facts)}>
            {text('devices.credential.forget')}
          </Action>
          <CopyCurl
            needs="admin"
            what={text('devices.credential.forgetAct')}
            method="DELETE"
            path={`${devicePath(device.product, device.name)}/credential`}
          />
        </>
      )}
      {isOpen ? <SecretForm {...facts} onClose={() => setOpen(false)} /> : null}
    </div>
  )
}
