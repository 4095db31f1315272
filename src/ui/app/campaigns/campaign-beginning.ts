// What the form of a campaign begins with: nothing, a draft that is changed, or the devices that failed in another campaign. Knows no view.

import { request, withQuery } from '../../api/client.ts'
import type { Campaign, Task } from '../../api/records.d.ts'
import type { Values } from '../../parts/draft.ts'
import { text } from '../../text/text.ts'
import { emptyForm, formOf } from './campaign-form.ts'

/** What the form begins with. */
export interface Beginning {
  /** Under which what is typed is kept. */
  readonly key: string
  readonly values: Values
  /** The draft that is changed, with its tag. */
  readonly edited: { readonly campaign: Campaign; readonly etag: string | null } | null
  readonly title: string
}

const failedStates = ['failed', 'timed_out', 'rejected'] as const

interface TaskPage {
  readonly items: readonly Task[]
  readonly next: string | null
}

/** All of them: they become names of the new campaign. */
const devicesIn = async (campaign: string, state: string): Promise<readonly string[]> => {
  const devices: string[] = []
  for (let after: string | null = ''; after !== null; ) {
    const path: string = withQuery('/tasks', { campaign, state, limit: 1000, after })
    const { body }: { readonly body: TaskPage } = await request<TaskPage>(path)
    devices.push(...body.items.map(({ device }) => device))
    after = body.next
  }
  return devices
}

const beginningOfRetry = async (id: string): Promise<Beginning> => {
  const { body: campaign } = await request<Campaign>(`/campaigns/${encodeURIComponent(id)}`)
  const devices = (await Promise.all(failedStates.map((state) => devicesIn(id, state)))).flat()
  return {
    key: `campaign.retry.${id}`,
    values: {
      ...formOf(campaign),
      'phases.n': '0',
      'schedule.startAt': '',
      'schedule.endAt': '',
      'target.kind': 'some',
      'target.tags': '',
      'target.devices': devices.join('\n'),
      'target.exclude': '',
      'target.continuous': '',
      name: text('campaigns.retryName', { name: campaign.name }),
    },
    edited: null,
    title: text('campaigns.newOfFailed', { n: devices.length }),
  }
}

const beginningOfEdit = async (id: string): Promise<Beginning> => {
  const { body: campaign, etag } = await request<Campaign>(`/campaigns/${encodeURIComponent(id)}`)
  return {
    key: `campaign.edit.${id}`,
    values: formOf(campaign),
    edited: { campaign, etag },
    title: text('campaigns.editTitle', { id, name: campaign.name }),
  }
}

/** `search`: the query of the address. */
export const beginningOf = (search: URLSearchParams): Promise<Beginning> => {
  const edit = search.get('edit')
  const retry = search.get('retry')
  if (edit !== null) return beginningOfEdit(edit)
  if (retry !== null) return beginningOfRetry(retry)
  return Promise.resolve({ key: 'campaign.new', values: emptyForm, edited: null, title: text('campaign.new') })
}
