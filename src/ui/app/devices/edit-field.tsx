// One field of a device that can be edited in its place: what it is, then a form for it. Somebody else's change in between is said, and nothing
// typed is lost.

import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { isRefusal, request } from '../../api/client.ts'
import type { Device } from '../../api/records.d.ts'
import { Action } from '../../parts/action.tsx'
import { CopyCurl } from '../../parts/copy.tsx'
import { useDraft } from '../../parts/draft.ts'
import { FormFaults, TextField } from '../../parts/field.tsx'
import { notify } from '../../parts/toast.tsx'
import { text } from '../../text/text.ts'
import { keyOf } from './device-changes.ts'
import { devicePath } from './device-facts.ts'
import { EnterForm } from './enter-form.tsx'

export interface EditedDevice {
  readonly device: Device
  readonly etag: string | null
  readonly onChanged: () => void
}

export interface EditFacts extends EditedDevice {
  readonly field: 'tags' | 'gateway'
  readonly label: string
  readonly hint: string
  /** As it is shown while it is not edited. */
  readonly children: ComponentChildren
  /** As it is typed. */
  readonly typed: (device: Device) => string
  readonly bodyOf: (typed: string) => object
}

interface FormFacts extends EditFacts {
  readonly onClose: () => void
}

/** What somebody else has made of it meanwhile, with its tag; null: nothing. */
const otherIn = (thrown: unknown): { readonly current: Device; readonly etag: string | null } | null => {
  if (!isRefusal(thrown) || thrown.problem?.code !== 'OTA_CHANGED' || thrown.problem.current === null) return null
  return { current: thrown.problem.current as Device, etag: thrown.etag }
}

const Form = (facts: FormFacts) => {
  const { device, etag, field, label, hint, typed, bodyOf, onChanged, onClose } = facts
  const draft = useDraft(`edit-${field} ${keyOf(device)}`, { [field]: typed(device) })
  // Of what was shown when the editing began.
  const [from, setFrom] = useState(etag)
  const [other, setOther] = useState<string | null>(null)
  const path = devicePath(device.product, device.name)
  const close = (): void => {
    draft.clear()
    onClose()
  }
  const save = async (): Promise<void> => {
    try {
      await request<Device>(path, { method: 'PATCH', etag: from, body: bodyOf(draft.get(field)) })
      notify(text('devices.device.wasSaved', { device: keyOf(device) }))
      onChanged()
      close()
    } catch (thrown) {
      const found = otherIn(thrown)
      if (found === null) return draft.refuse(thrown)
      setOther(typed(found.current))
      setFrom(found.etag)
      onChanged()
    }
  }
  return (
    <EnterForm class="stack edit-form">
      <TextField draft={draft} path={field} label={label} hint={hint} autocomplete="off" />
      <FormFaults draft={draft} paths={[field]} />
      {other === null ? null : <p role="alert">{text('devices.device.changedMeanwhile', { now: other === '' ? '–' : other })}</p>}
      <div class="row">
        <Action needs="operator" kind="main" onAct={save}>
          {text(other === null ? 'devices.device.save' : 'devices.device.saveAnyway')}
        </Action>
        <button type="button" onClick={close}>
          {text('action.keep')}
        </button>
        <CopyCurl needs="operator" method="PATCH" path={path} body={bodyOf(draft.get(field))} />
      </div>
    </EnterForm>
  )
}

export const EditField = (facts: EditFacts) => {
  const [isOpen, setOpen] = useState(false)
  if (isOpen) return <Form {...facts} onClose={() => setOpen(false)} />
  return (
    <div class="row">
      {facts.children}
      <Action needs="operator" kind="plain" onAct={() => Promise.resolve(setOpen(true))}>
        {text('devices.device.edit')}
        <span class="unseen"> {facts.label}</span>
      </Action>
    </div>
  )
}
