// When and how fast a new campaign goes, how long it waits for a device, and what it does in special cases.

import type { Draft } from '../../parts/draft.ts'
import { CheckField, TextField, TimeField } from '../../parts/field.tsx'
import { dateTime, duration, text, timeZone } from '../../text/text.ts'
import { countIn } from './campaign-form.ts'
import { FormSection } from './form-section.tsx'
import { AddRow, RowButtons } from './row-buttons.tsx'
import { SpanField } from './span-field.tsx'

interface Facts {
  readonly draft: Draft
}

/** What is set, or that nothing is. */
const saidOf = (set: readonly (string | false)[], usual: string = text('campaigns.asUsual')): string => {
  const parts = set.filter((part) => part !== false)
  return parts.length === 0 ? usual : parts.join(' · ')
}

const typed = ({ draft }: Facts, path: string, said: (value: string) => string): string | false => {
  const value = draft.get(path).trim()
  return value !== '' && said(value)
}

export const RateFields = ({ draft }: Facts) => (
  <FormSection
    draft={draft}
    title={text('campaigns.rate')}
    said={saidOf(
      [
        typed({ draft }, 'rate.maxInProgress', (count) => text('campaigns.atOnce', { count })),
        typed({ draft }, 'rate.perMinute', (count) => text('campaigns.aMinute', { count })),
      ],
      text('campaigns.asServer'),
    )}
    paths={['rate']}
  >
    <div class="form-cells">
      <TextField
        draft={draft}
        path="rate.maxInProgress"
        label={text('campaigns.maxInProgress')}
        hint={text('campaigns.serverDefault')}
        inputMode="numeric"
      />
      <TextField
        draft={draft}
        path="rate.perMinute"
        label={text('campaigns.perMinute')}
        hint={text('campaigns.serverDefault')}
        inputMode="numeric"
      />
    </div>
  </FormSection>
)

const moment = (value: string): string => dateTime(new Date(value).getTime())

const WindowRow = ({ draft, index }: { readonly draft: Draft; readonly index: number }) => {
  const at = `schedule.windows[${index}]`
  const name = text('campaigns.windowNamed', { window: index + 1 })
  return (
    <fieldset class="form-row">
      <legend>{name}</legend>
      <div class="form-cells">
        <TextField draft={draft} path={`${at}.cron`} label={text('campaigns.cron')} hint={text('campaigns.cronHint')} />
        <TextField draft={draft} path={`${at}.minutes`} label={text('campaigns.windowMinutes')} inputMode="numeric" />
        <TextField draft={draft} path={`${at}.timeZone`} label={text('campaigns.timeZone')} hint={text('campaigns.timeZoneHint')} />
      </div>
      <RowButtons draft={draft} path="schedule.windows" at={index} name={name} />
    </fieldset>
  )
}

export const ScheduleFields = ({ draft }: Facts) => {
  const windows = countIn(draft.values, 'schedule.windows')
  return (
    <FormSection
      draft={draft}
      title={text('campaigns.schedule')}
      said={saidOf(
        [
          typed({ draft }, 'schedule.startAt', (value) => text('campaigns.notBefore', { time: moment(value) })),
          typed({ draft }, 'schedule.endAt', (value) => text('campaigns.until', { time: moment(value) })),
          windows > 0 && text('campaigns.windows', { n: windows }),
        ],
        text('campaigns.anyTime'),
      )}
      paths={['schedule']}
    >
      <div class="form-cells">
        <TimeField draft={draft} path="schedule.startAt" label={text('campaigns.startAt')} hint={text('menu.zone', { zone: timeZone() })} />
        <TimeField draft={draft} path="schedule.endAt" label={text('campaigns.endAt')} hint={text('campaigns.endAtHint')} />
      </div>
      {Array.from({ length: windows }, (_, index) => (
        <WindowRow key={index} draft={draft} index={index} />
      ))}
      <AddRow
        draft={draft}
        path="schedule.windows"
        label={text('campaigns.addWindow')}
        initial={{ cron: '0 2 * * *', minutes: '120', timeZone: timeZone() }}
      />
    </FormSection>
  )
}

export const PatienceFields = ({ draft }: Facts) => (
  <FormSection
    draft={draft}
    title={text('campaigns.patience')}
    said={saidOf([
      typed({ draft }, 'retry.max', (count) => (count === '0' ? '' : text('campaigns.retries', { count }))) || false,
      typed({ draft }, 'timeouts.noResponseSeconds', (time) => text('campaigns.silentFor', { time })),
      typed({ draft }, 'timeouts.upgradeSeconds', (time) => text('campaigns.wholeFor', { time })),
      typed({ draft }, 'timeouts.stallSeconds', (time) => text('campaigns.stalledFor', { time })),
    ])}
    paths={['timeouts', 'retry']}
  >
    <div class="form-cells">
      <TextField draft={draft} path="retry.max" label={text('campaigns.retryMax')} inputMode="numeric" placeholder="0" />
      <SpanField draft={draft} path="retry.delaySeconds" label={text('campaigns.retryDelay')} placeholder={duration(60)} />
    </div>
    <CheckField draft={draft} path="retry.onTimeout" label={text('campaigns.retryOnTimeout')} />
    <p class="dim">{text('campaigns.timeoutsHint')}</p>
    <div class="form-cells">
      <SpanField draft={draft} path="timeouts.noResponseSeconds" label={text('campaigns.noResponse')} placeholder={duration(86_400)} />
      <SpanField draft={draft} path="timeouts.upgradeSeconds" label={text('campaigns.upgradeTime')} placeholder={duration(3600)} />
      <SpanField draft={draft} path="timeouts.stallSeconds" label={text('campaigns.stall')} placeholder={duration(900)} />
    </div>
  </FormSection>
)

export const SpecialFields = ({ draft }: Facts) => (
  <FormSection
    draft={draft}
    title={text('campaigns.special')}
    said={saidOf(
      [
        draft.get('overwrite') === 'true' && text('campaigns.overwriteShort'),
        draft.get('push') !== 'true' && text('campaigns.onAskingShort'),
        draft.get('reflash') === 'true' && text('campaigns.reflashShort'),
      ],
      text('campaigns.nothingSet'),
    )}
    paths={['overwrite', 'push', 'reflash']}
  >
    <CheckField draft={draft} path="push" label={text('campaigns.push')} hint={text('campaigns.pushHint')} />
    <CheckField draft={draft} path="overwrite" label={text('campaigns.overwrite')} hint={text('campaigns.overwriteHint')} />
    <CheckField draft={draft} path="reflash" label={text('campaigns.reflash')} />
  </FormSection>
)
