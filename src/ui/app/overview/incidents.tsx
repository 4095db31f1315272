// What somebody should look at: warnings of the server, updates that failed, connections that were refused.

import type { Figures } from '../../api/live.ts'
import { Fold } from '../../parts/fold.tsx'
import { Mark } from '../../parts/mark.tsx'
import { reasonWords } from '../../parts/reason-words.ts'
import { Said } from '../../parts/said.tsx'
import { When } from '../../parts/when.tsx'
import { campaignHref, deviceHref } from '../../router.ts'
import { text } from '../../text/text.ts'

export const Warnings = ({ warnings }: { readonly warnings: Figures['warnings'] }) =>
  warnings.length === 0 ? null : (
    <section class="sheet" aria-label={text('overview.warnings')}>
      <Fold kind="stack" share={0.2}>
        {warnings.map((warning) => (
          <li key={warning.text}>
            <Mark kind="warn">
              <Said said={warning.text} />
            </Mark>
          </li>
        ))}
      </Fold>
    </section>
  )

type Group = Figures['failures'][number]

const FailureGroup = ({ group }: { readonly group: Group }) => {
  const [first] = group.tasks
  return (
    <li class="stack">
      <details>
        <summary>
          <Mark kind="bad">{text('overview.failureGroup', { n: group.count, state: text(`task.state.${group.state}`) })}</Mark>{' '}
          <span class="dim">{group.reason === null ? <Said said={first?.text ?? ''} /> : reasonWords(group.reason)}</span>
        </summary>
        <ul class="plain-list">
          {group.tasks.map((task) => (
            <li key={task.task} class="row">
              <a href={deviceHref(task.device)}>{task.device}</a>
              <span>{task.version}</span>
              <a href={campaignHref(task.campaign)}>{text('campaign.short', { id: task.campaign })}</a>
              <span class="dim">
                <Said said={task.text} /> · <When at={task.at} />
              </span>
            </li>
          ))}
        </ul>
      </details>
    </li>
  )
}

export const Failures = ({ groups }: { readonly groups: Figures['failures'] }) => (
  <section class="sheet">
    <h2>{text('overview.failures')}</h2>
    {groups.length === 0 ? (
      <p class="dim">{text('overview.noFailure')}</p>
    ) : (
      <Fold kind="stack">
        {groups.map((group) => (
          <FailureGroup key={`${group.state}/${group.reason}`} group={group} />
        ))}
      </Fold>
    )}
    {groups.length === 0 ? null : <a href="/devices?failed=true">{text('overview.failedDevices')}</a>}
  </section>
)

const shownRefusals = 8

export const Refusals = ({ refusals }: { readonly refusals: Figures['refusals'] }) => (
  <section class="sheet">
    <h2>{text('overview.refusals')}</h2>
    {refusals.length === 0 ? (
      <p class="dim">{text('overview.noRefusal')}</p>
    ) : (
      <Fold kind="stack">
        {refusals.slice(0, shownRefusals).map((refusal) => (
          <li key={`${refusal.at} ${refusal.address} ${refusal.clientId}`}>
            {refusal.device === null ? (
              <span>{refusal.clientId ?? refusal.address}</span>
            ) : (
              <a href={deviceHref(refusal.device)}>{refusal.device}</a>
            )}{' '}
            <Said said={refusal.text} />{' '}
            <span class="dim">
              {refusal.address} · <When at={refusal.at} />
            </span>
          </li>
        ))}
      </Fold>
    )}
    {refusals.length > shownRefusals ? <a href="/log?show=refused">{text('overview.allRefusals')}</a> : null}
  </section>
)
