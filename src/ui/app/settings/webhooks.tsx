// Webhooks: where alerts are sent, whether they arrive, and what was refused. For admins.

import { useState } from 'preact/hooks'
import { useFetched } from '../../api/fetched.ts'
import type { Webhook } from '../../api/records.d.ts'
import { may } from '../../api/session.ts'
import { useDraft } from '../../parts/draft.ts'
import { Opener } from '../../parts/opener.tsx'
import { Refused } from '../../parts/refused.tsx'
import { text } from '../../text/text.ts'
import { forbidden, Section, useAgain } from './section.tsx'
import { ShownOnce } from './shown-once.tsx'
import { webhookValues } from './webhook-body.ts'
import { WebhookForm } from './webhook-form.tsx'
import { WebhookRow } from './webhook-row.tsx'

interface Made {
  readonly name: string
  readonly secret: string
}

const All = () => {
  const { data, problem, reload } = useFetched<{ readonly items: readonly Webhook[] }>('/webhooks')
  const [isOpen, setOpen] = useState(false)
  const [made, setMade] = useState<Made | null>(null)
  const draft = useDraft(null, webhookValues(null))
  useAgain(reload, 5)
  const done = (name: string, secret: string | null): void => {
    setOpen(false)
    setMade(secret === null ? null : { name, secret })
    reload()
  }
  return (
    <>
      {problem === null ? null : <Refused problem={problem} onRetry={reload} />}
      {data === null ? null : data.items.length === 0 ? <p class="dim">{text('settings.webhooks.none')}</p> : null}
      <ul class="plain-list">
        {(data?.items ?? []).map((webhook) => (
          <WebhookRow
            key={webhook.name}
            webhook={webhook}
            onChange={reload}
            onSecret={(secret) => setMade({ name: webhook.name, secret })}
          />
        ))}
      </ul>
      <div>
        <Opener needs="admin" onOpen={() => setOpen(true)}>
          {text('settings.webhooks.add')}
        </Opener>
      </div>
      {isOpen ? <WebhookForm webhook={null} draft={draft} onDone={done} onClose={() => setOpen(false)} /> : null}
      {made === null ? null : (
        <ShownOnce
          title={text('settings.webhooks.secretTitle', { name: made.name })}
          secret={made.secret}
          hint={text('settings.webhooks.secretHint')}
          onClose={() => setMade(null)}
        />
      )}
    </>
  )
}

export const Webhooks = () => (
  <Section name="webhooks">
    <p class="dim">{text('settings.webhooks.hint')}</p>
    {may('admin') ? <All /> : forbidden()}
  </Section>
)
