// Where the server listens, and until when its certificates are valid.

import { useFetched } from '../../api/fetched.ts'
import type { Listener } from '../../api/records.d.ts'
import { CopyButton } from '../../parts/copy.tsx'
import { Mark, type MarkKind } from '../../parts/mark.tsx'
import { Refused } from '../../parts/refused.tsx'
import { dateTime, listed, text } from '../../text/text.ts'
import { daysMark } from './days.ts'
import { Section } from './section.tsx'

type Facts = NonNullable<Listener['certificate']>

const DaysLeft = ({ certificate: { daysLeft, until } }: { readonly certificate: Facts }) => {
  const kind: MarkKind = daysMark(daysLeft)
  return (
    <span title={dateTime(Date.parse(until))}>
      <Mark kind={kind}>
        {daysLeft < 0 ? text('settings.listener.over', { n: -daysLeft }) : text('settings.listener.days', { n: daysLeft })}
      </Mark>
    </span>
  )
}

const Certificate = ({ certificate }: { readonly certificate: Facts }) => (
  <div>
    {certificate.names.length === 0 ? certificate.subject : listed(certificate.names)}
    <div class="dim small">
      {text('settings.listener.issuer', { issuer: certificate.issuer })} · {text('settings.listener.fingerprint')}{' '}
      <code title={certificate.fingerprint}>{certificate.fingerprint.slice(0, 16)}…</code> <CopyButton value={certificate.fingerprint} />
    </div>
  </div>
)

const Row = ({ listener }: { readonly listener: Listener }) => (
  <tr>
    <td>{text(`settings.service.${listener.service}`)}</td>
    <td>
      <code>{listener.url}</code>
    </td>
    <td>
      {listener.encrypted ? (
        <Mark kind="good">{text('settings.listener.encrypted')}</Mark>
      ) : (
        <Mark kind="none">{text('settings.listener.plain')}</Mark>
      )}
    </td>
    <td>{listener.certificate === null ? <span class="dim">–</span> : <Certificate certificate={listener.certificate} />}</td>
    <td>{listener.certificate === null ? null : <DaysLeft certificate={listener.certificate} />}</td>
  </tr>
)

const columns = ['service', 'url', 'encryption', 'certificate', 'left'] as const

export const Certificates = () => {
  const { data, problem, reload } = useFetched<{ readonly items: readonly Listener[] }>('/listeners')
  return (
    <Section name="listeners">
      {problem === null ? null : <Refused problem={problem} onRetry={reload} />}
      {data === null ? null : (
        <table class="stacks">
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col">
                  {text(`settings.column.${column}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.items.map((listener) => (
              <Row key={listener.url} listener={listener} />
            ))}
          </tbody>
        </table>
      )}
    </Section>
  )
}
