// The state of the server and the fleet at a glance: also what a screen on the wall shows.

import { useEffect } from 'preact/hooks'
import { useFetched } from '../../api/fetched.ts'
import { type Figures, figures, takeFigures } from '../../api/live.ts'
import type { Overview as OverviewRecord } from '../../api/records.d.ts'
import { LineChart } from '../../parts/chart.tsx'
import { Figure } from '../../parts/figure.tsx'
import { later } from '../../parts/later.tsx'
import { Refused } from '../../parts/refused.tsx'
import { bytes, number, text } from '../../text/text.ts'
import { Failures, Refusals, Warnings } from './incidents.tsx'
import './overview.css'
import { RunningCampaigns } from './running-campaigns.tsx'
import { Versions } from './versions.tsx'

const FirstDevices = later(() => import('../../parts/first-devices.tsx').then((part) => part.FirstDevices))

type History = OverviewRecord['history']

/** The newest value is that of the figures, so that the line moves with them. */
const grown = (values: readonly number[], next: number): readonly number[] => [...values.slice(1), next]

const openTasks = ({ tasks }: Figures): number => tasks.notified + tasks.in_progress

const Strip = ({ now, history }: { readonly now: Figures; readonly history: History | null }) => {
  const { devices, rates, downloads } = now
  return (
    <section class="sheet figures" aria-label={text('overview.figures')}>
      <Figure
        name={text('overview.online')}
        value={number(devices.online)}
        unit={text('overview.ofKnown', { n: devices.known })}
        href="/devices"
      />
      <Figure name={text('overview.inProgress')} value={number(openTasks(now))} unit={text('overview.queued', { n: now.tasks.queued })} />
      <Figure
        name={text('overview.downloads')}
        value={text('unit.perSecond', { value: bytes(rates.downloadBytes) })}
        unit={text('overview.active', { n: downloads.active })}
      >
        {history === null ? null : (
          <LineChart values={grown(history.downloadBytes, rates.downloadBytes)} label={text('overview.downloadsChart')} />
        )}
      </Figure>
      <Figure
        name={text('overview.messages')}
        value={text('unit.perSecond', { value: number(rates.messagesReceived) })}
        unit={text('overview.sent', { n: rates.messagesSent })}
      >
        {history === null ? null : (
          <LineChart values={grown(history.messagesReceived, rates.messagesReceived)} label={text('overview.messagesChart')} />
        )}
      </Figure>
    </section>
  )
}

export const Overview = () => {
  const whole = useFetched<OverviewRecord>('/overview')
  useEffect(() => {
    if (whole.data !== null) takeFigures(whole.data)
  }, [whole.data])
  const now = figures.value
  return (
    <div class="view">
      <h1 tabIndex={-1} class="unseen">
        {text('nav.overview')}
      </h1>
      {whole.problem === null ? null : <Refused problem={whole.problem} onRetry={whole.reload} />}
      {now === null ? null : (
        <div class="overview">
          {now.devices.known === 0 ? <FirstDevices /> : null}
          <Warnings warnings={now.warnings} />
          <Strip now={now} history={whole.data?.history ?? null} />
          <div class="first">
            <RunningCampaigns now={now} />
            <Failures groups={now.failures} />
          </div>
          <div class="second">
            <Versions devices={now.devices} />
            <Refusals refusals={now.refusals} />
          </div>
        </div>
      )}
    </div>
  )
}
