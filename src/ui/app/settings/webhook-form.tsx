// A webhook, made or changed. What is typed is not kept over a reload of the page: its URL may hold a secret.

import { alertTypes } from '../../../alerts.ts'
import { request } from '../../api/client.ts'
import type { Webhook, WebhookWithSecret } from '../../api/records.d.ts'
import { type Draft, useDraft } from '../../parts/draft.ts'
import { AreaField, CheckField, TextField } from '../../parts/field.tsx'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { notify } from '../../parts/toast.tsx'
import { text } from '../../text/text.ts'
import { webhookBody, webhookValues } from './webhook-body.ts'

export interface WebhookFormFacts {
  /** null: a new one. */
  readonly webhook: Webhook | null
  /** `secret`: that the server has made; null: it has made none. */
  readonly onDone: (name: string, secret: string | null) => void
  readonly onClose: () => void
  /** Kept by who opens the form, over its closing; left out: its own. */
  readonly draft?: Draft
}

const fields = ['name', 'url', 'products', 'secret', 'ca', 'events']

export const WebhookForm = ({ webhook, draft: given, onDone, onClose }: WebhookFormFacts) => {
  const own = useDraft(null, webhookValues(webhook))
  const draft = given ?? own
  const body = webhookBody(draft.values, webhook)
  const [method, path] =
    webhook === null ? (['POST', '/webhooks'] as const) : (['PATCH', `/webhooks/${encodeURIComponent(webhook.name)}`] as const)
  const save = async (): Promise<void> => {
    const { name, secret } = (await request<WebhookWithSecret>(path, { method, body })).body
    draft.clear()
    onDone(name, secret)
    notify(text('settings.webhooks.saved', { name }))
  }
  return (
    <FormDialog
      title={webhook === null ? text('settings.webhooks.addTitle') : text('settings.webhooks.editTitle', { name: webhook.name })}
      draft={draft}
      paths={fields}
      action={text(webhook === null ? 'settings.webhooks.addAct' : 'settings.webhooks.editAct')}
      curl={{ method, path, body: 'secret' in body ? { ...body, secret: 'SECRET' } : body }}
      onSubmit={save}
      onClose={onClose}
    >
      {webhook === null ? <TextField draft={draft} path="name" label={text('settings.field.name')} autocomplete="off" required /> : null}
      <TextField
        draft={draft}
        path="url"
        label={text('settings.webhooks.url')}
        hint={text(webhook === null ? 'settings.webhooks.urlHint' : 'settings.webhooks.urlKept')}
        autocomplete="off"
        required={webhook === null}
      />
      <fieldset class="form">
        <legend>{text('settings.webhooks.events')}</legend>
        {alertTypes.map((type) => (
          <CheckField key={type} draft={draft} path={`on ${type}`} label={text(`settings.webhooks.event.${type}`)} />
        ))}
      </fieldset>
      <TextField
        draft={draft}
        path="products"
        label={text('settings.webhooks.products')}
        hint={text('settings.webhooks.productsHint')}
        autocomplete="off"
      />
      <TextField
        draft={draft}
        path="secret"
        label={text('settings.webhooks.secret')}
        hint={text(webhook === null ? 'settings.webhooks.secretNew' : 'settings.webhooks.secretKept')}
        type="password"
        autocomplete="new-password"
      />
      <AreaField
        draft={draft}
        path="ca"
        label={text('settings.webhooks.ca')}
        hint={text(webhook?.ca === true ? 'settings.webhooks.caKept' : 'settings.webhooks.caHint')}
      />
      {webhook === null ? null : <CheckField draft={draft} path="renew" label={text('settings.webhooks.renew')} />}
      {webhook?.ca === true ? <CheckField draft={draft} path="forgetCa" label={text('settings.webhooks.forgetCa')} /> : null}
    </FormDialog>
  )
}
