// The server itself: since when it runs, what it stores and on what, and its backup.

import { base } from '../../api/client.ts'
import { useFetched } from '../../api/fetched.ts'
import { figures, now } from '../../api/live.ts'
import type { ServerFacts } from '../../api/records.d.ts'
import { withheld } from '../../parts/action.tsx'
import { CopyButton } from '../../parts/copy.tsx'
import { Mark } from '../../parts/mark.tsx'
import { Refused } from '../../parts/refused.tsx'
import { terminalCommand } from '../../parts/terminal-command.ts'
import { bytes, dateTime, duration, number, text } from '../../text/text.ts'
import { Section, useAgain } from './section.tsx'

const GiB = 2 ** 30

const Disk = ({ free, size }: { readonly free: number | null; readonly size: number | null }) => {
  if (free === null || size === null) return <span class="dim">{text('settings.server.unknown')}</span>
  const said = text('settings.server.freeOf', { free: bytes(free), size: bytes(size) })
  // As `fogbell doctor` judges it.
  return free < GiB || free < size / 10 ? <Mark kind="warn">{said}</Mark> : <span>{said}</span>
}

const Uptime = ({ startedAt }: { readonly startedAt: string }) => {
  const from = Date.parse(startedAt)
  return (
    <time dateTime={startedAt} title={dateTime(from)}>
      {duration((Math.max(from, now.value) - from) / 1000)}
    </time>
  )
}

const Facts = ({ facts }: { readonly facts: ServerFacts }) => (
  <dl class="facts">
    <dt>{text('settings.server.version')}</dt>
    <dd>{facts.version}</dd>
    <dt>{text('settings.server.uptime')}</dt>
    <dd>
      <Uptime startedAt={facts.startedAt} />
    </dd>
    <dt>{text('settings.server.connections')}</dt>
    <dd>{number(figures.value?.connections ?? facts.connections)}</dd>
    <dt>{text('settings.server.directory')}</dt>
    <dd>
      <code>{facts.directory}</code>
    </dd>
    <dt>{text('settings.server.data')}</dt>
    <dd>{facts.dataBytes === null ? <span class="dim">{text('settings.server.unknown')}</span> : bytes(facts.dataBytes)}</dd>
    <dt>{text('settings.server.disk')}</dt>
    <dd>
      <Disk free={facts.freeBytes} size={facts.diskBytes} />
    </dd>
  </dl>
)

/** A link, not a request of the page: the browser writes it to disk as it comes, however large it is. */
const Backup = ({ directory }: { readonly directory: string | null }) => {
  const why = withheld('admin')
  return (
    <div class="stack">
      <h3>{text('settings.backup.title')}</h3>
      <Mark kind="warn">{text('settings.backup.warning')}</Mark>
      <p class="row">
        {why === undefined ? (
          <a class="button" href={`${base}/backup`} download>
            {text('settings.backup.act')}
          </a>
        ) : (
          <button type="button" disabled title={why}>
            {text('settings.backup.act')}
          </button>
        )}
        <CopyButton value={terminalCommand('backup fogbell.tar', directory)} label={text('action.copyCommand')} />
      </p>
    </div>
  )
}

export const ServerFactsSection = () => {
  const facts = useFetched<ServerFacts>('/server')
  useAgain(facts.reload, 30)
  return (
    <Section name="server">
      {facts.problem === null ? null : <Refused problem={facts.problem} onRetry={facts.reload} />}
      {facts.data === null ? null : <Facts facts={facts.data} />}
      <Backup directory={facts.data?.directory ?? null} />
    </Section>
  )
}
