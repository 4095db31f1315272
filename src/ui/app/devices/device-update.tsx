// An update of a device: how far it is, since when, when it times out, and what can be done with it; or how the newest one has ended.

import { request } from '../../api/client.ts'
import { useFetched } from '../../api/fetched.ts'
import type { Campaign, Firmware, Setting, Task } from '../../api/records.d.ts'
import { Action } from '../../parts/action.tsx'
import { CopyCurl } from '../../parts/copy.tsx'
import { ask } from '../../parts/dialog.tsx'
import { Mark, type MarkKind } from '../../parts/mark.tsx'
import { reasonWords } from '../../parts/reason-words.ts'
import { attempt } from '../../parts/toast.tsx'
import { Until, When } from '../../parts/when.tsx'
import { campaignHref } from '../../router.ts'
import { bytes, duration, text } from '../../text/text.ts'
import type { Page } from './device-facts.ts'
import { limitOf, progressOf } from './task-limits.ts'

const Progress = ({ task }: { readonly task: Task }) => {
  const percent = progressOf(task)
  const said = text('devices.device.bytes', { done: bytes(task.bytes), size: bytes(task.size), percent: Math.floor(percent) })
  return (
    <div class="stack">
      <progress max={100} value={percent} aria-label={text('devices.device.progress')} />
      <span class="small dim">{said}</span>
    </div>
  )
}

const settingName = (isSubDevice: boolean): string => (isSubDevice ? 'ota.subDeviceUpgradeSeconds' : 'ota.upgradeSeconds')

const TimeOut = ({ task, campaign, isSubDevice }: { readonly task: Task; readonly campaign: Campaign; readonly isSubDevice: boolean }) => {
  const isUsual = task.state === 'in_progress' && campaign.timeouts.upgradeSeconds === null
  const { data } = useFetched<Page<Setting>>(isUsual ? '/settings' : null)
  const value = data?.items.find(({ path }) => path === settingName(isSubDevice))?.value
  const limit = limitOf(task, campaign.timeouts, typeof value === 'number' ? value : null)
  if (limit === null) return null
  return (
    <span>
      {'· '}
      {text('devices.device.timesOut')} <Until at={limit.at} />
      {limit.stallSeconds === null ? null : ` ${text('devices.device.stalls', { time: duration(limit.stallSeconds) })}`}
    </span>
  )
}

const Since = ({ task }: { readonly task: Task }) => {
  const at = task.state === 'queued' ? task.createdAt : task.state === 'notified' ? task.notifiedAt : task.startedAt
  return (
    <span>
      {text('devices.device.since')} <When at={at} />
    </span>
  )
}

const Title = ({ task, kind }: { readonly task: Task; readonly kind: MarkKind }) => (
  <div class="row">
    <Mark kind={kind}>{text(`task.state.${task.state}`)}</Mark>
    <strong>{text('devices.device.fromTo', { module: task.module, from: task.from ?? '–', to: task.to })}</strong>
    <a href={campaignHref(task.campaign)}>{text('campaign.short', { id: task.campaign })}</a>
    {task.attempt > 1 ? <span class="dim">{text('devices.device.attempt', { attempt: task.attempt })}</span> : null}
  </div>
)

const cancel = async (task: Task): Promise<void> => {
  const params = { device: task.device, version: task.to }
  const isSure = await ask({
    title: text('devices.device.cancelTitle', params),
    body: <p>{text(task.state === 'in_progress' ? 'devices.device.cancelGoing' : 'devices.device.cancelBody')}</p>,
    action: text('devices.device.cancelAct'),
  })
  if (isSure) await attempt(() => request(`/tasks/${task.id}/cancel`, { method: 'POST' }), text('devices.device.wasCanceled', params))
}

export const OpenUpdate = ({ task, isSubDevice }: { readonly task: Task; readonly isSubDevice: boolean }) => {
  const campaign = useFetched<Campaign>(`/campaigns/${task.campaign}`)
  const firmware = useFetched<Firmware>(`/firmware/${task.firmware}`)
  return (
    <div class="stack device-update">
      <Title task={task} kind="busy" />
      {task.state === 'queued' ? null : <Progress task={task} />}
      <p class="row">
        <Since task={task} />
        {campaign.data === null ? null : <TimeOut task={task} campaign={campaign.data} isSubDevice={isSubDevice} />}
      </p>
      {firmware.data === null || firmware.data.description === '' ? null : <p class="description">{firmware.data.description}</p>}
      <div class="row">
        <Action
          needs="operator"
          onAct={() =>
            attempt(() => request(`/tasks/${task.id}/push`, { method: 'POST' }), text('devices.device.wasOffered', { version: task.to }))
          }
        >
          {text('devices.device.offerAgain')}
        </Action>
        <Action needs="operator" kind="danger" onAct={() => cancel(task)}>
          {text('devices.device.cancel')}
        </Action>
        <CopyCurl needs="operator" what={text('devices.device.offerAgain')} method="POST" path={`/tasks/${task.id}/push`} />
        <CopyCurl needs="operator" what={text('devices.device.cancelAct')} method="POST" path={`/tasks/${task.id}/cancel`} />
      </div>
    </div>
  )
}

const bad: ReadonlySet<Task['state']> = new Set(['failed', 'timed_out', 'rejected'])

/** The words for people; the state says enough where a device gave no reason. */
const Why = ({ task: { reason, desc } }: { readonly task: Task }) => (
  <>
    {reason === null ? null : <strong>{reasonWords(reason)}</strong>}
    {reason === null || desc === null || desc === '' ? null : ' · '}
    {desc === null || desc === '' ? null : <bdi>{text('devices.device.saidBy', { said: desc })}</bdi>}
  </>
)

const codes = ({ reason, code }: Task): string =>
  [reason, code === null ? null : text('devices.device.step', { step: String(code) })].filter((part) => part !== null).join(' · ')

/** Why it did not succeed and what to do, then the codes for who knows them. */
export const EndedUpdate = ({ task }: { readonly task: Task }) => {
  const isBad = bad.has(task.state)
  if (!isBad) return null
  const path = `/campaigns/${task.campaign}/retry`
  const body = { devices: [task.device] }
  return (
    <div class="stack device-update">
      <Title task={task} kind="bad" />
      <p class="ended-why">
        <Why task={task} />
      </p>
      {task.advice === undefined ? null : <p class="advice">{task.advice.text}</p>}
      <p class="small dim">
        {codes(task) === '' ? null : <>{codes(task)} · </>}
        <When at={task.endedAt} />
      </p>
      <div class="row">
        <Action
          needs="operator"
          kind="main"
          onAct={() => attempt(() => request(path, { method: 'POST', body }), text('devices.device.wasRetried', { version: task.to }))}
        >
          {text('devices.device.retry')}
        </Action>
        <CopyCurl needs="operator" what={text('devices.device.retry')} method="POST" path={path} body={body} />
      </div>
    </div>
  )
}
