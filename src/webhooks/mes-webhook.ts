// The webhook of the setting `mes.webhook`: made, changed and removed with it at a start. What waits for it is kept while the setting is there.
// Knows no event.

import { type Hook, type Hooks, putHook, removeOpen } from './hooks.ts'
import { checkWebhook, newId, type WebhookRecord } from './webhook-records.ts'

export interface MesWebhook {
  /** http or https. */
  readonly url: string
  readonly secret: string
}

/** Of the webhook, which people see in the list. */
const name = 'mes'

const put = async (hooks: Hooks, before: WebhookRecord | undefined, { url, secret }: MesWebhook): Promise<void> => {
  if (before?.url === url && before.secret === secret) return
  const made = { id: newId(), createdAt: hooks.deps.now(), createdBy: 'mes.webhook' }
  const fixed = { name, events: ['run.ended'], products: [], ca: null, body: 'data' } as const
  await putHook(hooks, { ...made, ...before, ...fixed, url, secret })
}

const remove = async (hooks: Hooks, hook: Hook): Promise<void> => {
  const { count } = hook.delivery.results()
  if (count > 0)
    hooks.deps.log.warn({ webhook: name, results: count }, 'the setting mes.webhook was removed: results that waited for it are dropped')
  await removeOpen(hooks, hook)
}

export const useMesWebhook = async (hooks: Hooks, setting: MesWebhook | null): Promise<void> => {
  const hook = hooks.byName.get(name)
  const isOfPeople = hook !== undefined && hook.record.body === undefined
  if (setting !== null) checkWebhook(setting)
  if (setting !== null && isOfPeople)
    hooks.deps.log.warn(
      { webhook: name, createdBy: hook.record.createdBy },
      'the setting mes.webhook is not used: somebody has made a webhook called mes. Remove it with "fogbell webhook rm mes", then restart',
    )
  else if (setting !== null) await put(hooks, hook?.record, setting)
  else if (hook !== undefined && !isOfPeople) await remove(hooks, hook)
}
