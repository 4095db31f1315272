// A webhook: whether its events arrive, what waits, what it has refused; tested, changed, removed.

import { useState } from 'preact/hooks'
import { request } from '../../api/client.ts'
import type { Webhook, WebhookRetry, WebhookTest } from '../../api/records.d.ts'
import { Action } from '../../parts/action.tsx'
import { announce } from '../../parts/announce.ts'
import { CopyCurl } from '../../parts/copy.tsx'
import { ask } from '../../parts/dialog.tsx'
import { Mark } from '../../parts/mark.tsx'
import { Opener } from '../../parts/opener.tsx'
import { attempt, notify } from '../../parts/toast.tsx'
import { Until, When } from '../../parts/when.tsx'
import { listed, text } from '../../text/text.ts'
import { WebhookForm } from './webhook-form.tsx'

export interface WebhookRowFacts {
  readonly webhook: Webhook
  readonly onChange: () => void
  readonly onSecret: (secret: string) => void
}

const pathOf = ({ name }: Webhook): string => `/webhooks/${encodeURIComponent(name)}`

const State = ({ webhook: { trouble, parked, backlog, deliveredAt } }: { readonly webhook: Webhook }) => {
  if (trouble !== null)
    return (
      <div>
        <Mark kind="bad">{text('settings.webhooks.failing', { n: trouble.attempts })}</Mark> {trouble.text}{' '}
        <span class="dim">
          {text('settings.webhooks.since')} <When at={trouble.since} /> · {text('settings.webhooks.next')}{' '}
          <Until at={trouble.nextAttemptAt} />
        </span>
      </div>
    )
  if (parked.count > 0) return <Mark kind="warn">{text('settings.webhooks.parked', { n: parked.count })}</Mark>
  if (backlog > 0) return <Mark kind="busy">{text('settings.webhooks.sending')}</Mark>
  return (
    <span>
      <Mark kind={deliveredAt === null ? 'none' : 'good'}>
        {text(deliveredAt === null ? 'settings.webhooks.idle' : 'settings.webhooks.delivered')}
      </Mark>{' '}
      {deliveredAt === null ? null : (
        <span class="dim">
          <When at={deliveredAt} />
        </span>
      )}
    </span>
  )
}

const Parked = ({ parked }: Pick<Webhook, 'parked'>) => (
  <details>
    <summary>{text('settings.webhooks.parkedList', { n: parked.count })}</summary>
    <ul class="plain-list">
      {parked.newest.map((event) => (
        <li key={event.id}>
          <code>{event.type}</code> {event.text}{' '}
          <span class="dim">
            <When at={event.at} />
          </span>
        </li>
      ))}
    </ul>
  </details>
)

const verdictOf = ({ ok }: WebhookTest): string => text(ok ? 'settings.webhooks.testTaken' : 'settings.webhooks.testRefused')

const TestResult = ({ result }: { readonly result: WebhookTest }) => (
  <p>
    <Mark kind={result.ok ? 'good' : 'bad'}>{verdictOf(result)}</Mark> {result.text}{' '}
    <span class="dim">{text('settings.webhooks.testFigures', { status: result.status ?? '–', ms: result.ms })}</span>
  </p>
)

const remove = async (webhook: Webhook, onChange: () => void): Promise<void> => {
  const { name, backlog, parked } = webhook
  const isSure = await ask({
    title: text('settings.webhooks.removeTitle', { name }),
    body: (
      <>
        <p>{text('settings.webhooks.removeBody', { n: backlog + parked.count })}</p>
        <p>
          <CopyCurl needs="admin" method="DELETE" path={pathOf(webhook)} />
        </p>
      </>
    ),
    action: text('settings.webhooks.removeAct', { name }),
  })
  if (isSure && (await attempt(() => request(pathOf(webhook), { method: 'DELETE' }), text('settings.webhooks.removed', { name }))))
    onChange()
}

const retry = (webhook: Webhook, onChange: () => void): Promise<boolean> =>
  attempt(async () => {
    const { body } = await request<WebhookRetry>(`${pathOf(webhook)}/retry`, { method: 'POST' })
    notify(text('settings.webhooks.retried', { n: body.events }))
    onChange()
  })

const Facts = ({ webhook }: { readonly webhook: Webhook }) => {
  const { events, products, backlog, oldestAt, dropped } = webhook
  const said = [
    events.length === 0 ? text('settings.webhooks.allEvents') : listed(events.map((type) => text(`settings.webhooks.event.${type}`))),
    ...(products.length === 0 ? [] : [text('settings.webhooks.only', { products: listed(products) })]),
  ]
  return (
    <p class="dim">
      {said.join(' · ')} · {text('settings.webhooks.backlog', { n: backlog })}
      {oldestAt === null ? null : (
        <>
          {' '}
          (<When at={oldestAt} />)
        </>
      )}
      {dropped === 0 ? null : ` · ${text('settings.webhooks.dropped', { n: dropped })}`}
    </p>
  )
}

export const WebhookRow = ({ webhook, onChange, onSecret }: WebhookRowFacts) => {
  const [isOpen, setOpen] = useState(false)
  const [result, setResult] = useState<WebhookTest | null>(null)
  const path = pathOf(webhook)
  const test = (): Promise<boolean> =>
    attempt(async () => {
      const { body } = await request<WebhookTest>(`${path}/test`, { method: 'POST' })
      setResult(body)
      announce(`${verdictOf(body)} ${body.text}`)
    })
  const done = (_name: string, secret: string | null): void => {
    setOpen(false)
    if (secret !== null) onSecret(secret)
    onChange()
  }
  return (
    <li class="webhook stack">
      <div class="row">
        <strong>
          <bdi>{webhook.name}</bdi>
        </strong>
        <code>{webhook.url}</code>
      </div>
      <State webhook={webhook} />
      <Facts webhook={webhook} />
      {webhook.parked.count === 0 ? null : <Parked parked={webhook.parked} />}
      <div class="row">
        <Action needs="admin" onAct={test}>
          {text('settings.webhooks.test')}
        </Action>
        {webhook.parked.count === 0 && webhook.trouble === null ? null : (
          <>
            <Action needs="admin" onAct={() => retry(webhook, onChange)}>
              {text('settings.webhooks.retry')}
            </Action>
            <CopyCurl needs="admin" what={text('settings.webhooks.retry')} method="POST" path={`${path}/retry`} />
          </>
        )}
        <Opener needs="admin" onOpen={() => setOpen(true)}>
          {text('settings.webhooks.edit')}
        </Opener>
        <Action needs="admin" onAct={() => remove(webhook, onChange)}>
          {text('settings.remove')}
        </Action>
        <CopyCurl needs="admin" what={text('settings.webhooks.test')} method="POST" path={`${path}/test`} />
      </div>
      {result === null ? null : <TestResult result={result} />}
      {isOpen ? <WebhookForm webhook={webhook} onDone={done} onClose={() => setOpen(false)} /> : null}
    </li>
  )
}
