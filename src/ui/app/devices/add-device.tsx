// The form that adds one device, before it connects for the first time. One that is there already is not replaced.

import { useState } from 'preact/hooks'
import { isRefusal, request } from '../../api/client.ts'
import { Action } from '../../parts/action.tsx'
import { CopyCurl } from '../../parts/copy.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { type Draft, useDraft, type Values } from '../../parts/draft.ts'
import { FormFaults, TextField } from '../../parts/field.tsx'
import { notify } from '../../parts/toast.tsx'
import { deviceHref } from '../../router.ts'
import { text } from '../../text/text.ts'
import { EnterForm } from './enter-form.tsx'
import { tagsIn } from './typed-tags.ts'

const paths = ['product', 'name', 'tags', 'gateway', 'secret'] as const

const keyIn = (draft: Draft): string => `${draft.get('product').trim()}/${draft.get('name').trim()}`
const apiPath = (draft: Draft): string =>
  `/devices/${['product', 'name'].map((part) => encodeURIComponent(draft.get(part).trim())).join('/')}`

const bodyOf = (draft: Draft, secret: string): object => ({
  tags: tagsIn(draft.get('tags')),
  ...(draft.get('gateway').trim() === '' ? {} : { gateway: draft.get('gateway').trim() }),
  ...(secret === '' ? {} : { secret }),
})

const missingIn = (draft: Draft): Values =>
  Object.fromEntries(
    ['product', 'name'].filter((part) => draft.get(part).trim() === '').map((part) => [part, text('devices.addDevice.needed')] as const),
  )

/** PUT would replace it. Throws a Refusal. */
const isThere = (path: string): Promise<boolean> =>
  request(path).then(
    () => true,
    (thrown: unknown) => {
      if (isRefusal(thrown) && thrown.problem?.status === 404) return false
      throw thrown
    },
  )

/** Which part of the name cannot be used; null: that is not what was refused. */
const nameFieldOf = (thrown: unknown): 'product' | 'name' | null => {
  if (!isRefusal(thrown) || thrown.problem?.code !== 'OTA_DEVICE_NAME') return null
  return JSON.stringify(thrown.problem.params).includes('"what":"product"') ? 'product' : 'name'
}

/** Whether it was added; else the faults are in the draft. */
const add = async (draft: Draft, secret: string): Promise<boolean> => {
  const missing = missingIn(draft)
  if (Object.keys(missing).length > 0) {
    draft.refuseFields(missing)
    return false
  }
  try {
    if (await isThere(apiPath(draft))) {
      draft.refuseFields({ name: text('devices.addDevice.isThere', { device: keyIn(draft) }) })
      return false
    }
    await request(apiPath(draft), { method: 'PUT', body: bodyOf(draft, secret) })
    return true
  } catch (thrown) {
    const field = nameFieldOf(thrown)
    if (field !== null && isRefusal(thrown)) draft.refuseFields({ [field]: thrown.problem?.detail ?? '' })
    else draft.refuse(thrown)
    return false
  }
}

export interface AddDeviceFacts {
  readonly onClose: () => void
  readonly onDone: () => void
}

export const AddDevice = ({ onClose, onDone }: AddDeviceFacts) => {
  const draft = useDraft('add-device', {})
  // Not kept over a reload.
  const secrets = useDraft(null, {})
  const [added, setAdded] = useState<string | null>(null)
  const submit = async (): Promise<void> => {
    setAdded(null)
    const device = keyIn(draft)
    if (!(await add(draft, secrets.get('secret')))) return
    draft.fill({ name: '' })
    secrets.clear()
    setAdded(device)
    notify(text('devices.addDevice.done', { device }))
    onDone()
  }
  return (
    <Dialog title={text('devices.addDevice.title')} onClose={onClose}>
      <EnterForm>
        <p class="dim">{text('devices.addDevice.hint')}</p>
        <FormFaults draft={draft} paths={paths} />
        <TextField draft={draft} path="product" label={text('devices.product')} autocomplete="off" />
        <TextField draft={draft} path="name" label={text('devices.name')} autocomplete="off" />
        <TextField draft={draft} path="tags" label={text('devices.tags')} hint={text('devices.addDevice.tagsHint')} autocomplete="off" />
        <TextField
          draft={draft}
          path="gateway"
          label={text('devices.gateway')}
          hint={text('devices.addDevice.gatewayHint')}
          autocomplete="off"
        />
        <TextField
          draft={secrets}
          path="secret"
          type="password"
          label={text('devices.addDevice.secret')}
          hint={text('devices.addDevice.secretHint')}
          autocomplete="new-password"
        />
        {added === null ? null : (
          <p>
            {text('devices.addDevice.done', { device: added })} <a href={deviceHref(added)}>{text('action.show')}</a>
          </p>
        )}
        <div class="row end">
          <CopyCurl needs="admin" method="PUT" path={apiPath(draft)} body={bodyOf(draft, '')} />
          <button type="button" onClick={onClose}>
            {text('action.close')}
          </button>
          <Action needs="admin" kind="main" onAct={submit}>
            {text('devices.addDevice.act')}
          </Action>
        </div>
      </EnterForm>
    </Dialog>
  )
}
