// What the server warns of now, and what it finds when it is asked to look for faults.

import { useState } from 'preact/hooks'
import { request } from '../../api/client.ts'
import { useFetched } from '../../api/fetched.ts'
import { figures } from '../../api/live.ts'
import type { Doctor, Finding, ServerFacts } from '../../api/records.d.ts'
import { Action } from '../../parts/action.tsx'
import { announce } from '../../parts/announce.ts'
import { CopyButton, CopyCurl } from '../../parts/copy.tsx'
import { Mark, type MarkKind } from '../../parts/mark.tsx'
import { Said } from '../../parts/said.tsx'
import { terminalCommand } from '../../parts/terminal-command.ts'
import { attempt } from '../../parts/toast.tsx'
import { When } from '../../parts/when.tsx'
import { text } from '../../text/text.ts'

const Now = () => {
  const warnings = figures.value?.warnings
  return (
    <section class="sheet stack">
      <h2>{text('log.warnings.now')}</h2>
      {warnings === undefined ? null : warnings.length === 0 ? <p class="dim">{text('log.warnings.none')}</p> : null}
      <ul class="plain-list">
        {(warnings ?? []).map((warning) => (
          <li key={warning.text} class="finding">
            <Mark kind="warn">
              <Said said={warning.text} />
            </Mark>
          </li>
        ))}
      </ul>
    </section>
  )
}

const kinds: Readonly<Record<Finding['result'], MarkKind>> = { fault: 'bad', warning: 'warn', skipped: 'none', ok: 'good' }
/** What is worst comes first. */
const order = Object.keys(kinds)

const Found = ({ finding: { area, result, text: said, remedy } }: { readonly finding: Finding }) => (
  <li class="finding stack">
    <div>
      <Mark kind={kinds[result]}>
        <strong>
          {text(`log.result.${result}`)} · {text(`log.area.${area}`)}
        </strong>{' '}
        <Said said={said} />
      </Mark>
    </div>
    {remedy === null ? null : (
      <p class="remedy">
        → <Said said={remedy.text} />
      </p>
    )}
  </li>
)

const sortedOf = ({ findings }: Doctor) => findings.toSorted((one, other) => order.indexOf(one.result) - order.indexOf(other.result))

/** undefined: all is well. */
const worstOf = (doctor: Doctor) => sortedOf(doctor).find(({ result }) => result !== 'ok')

const Findings = ({ doctor }: { readonly doctor: Doctor }) => {
  const { time } = doctor
  return (
    <div class="stack">
      <p class="dim">
        <When at={time} />
      </p>
      {worstOf(doctor) === undefined ? <Mark kind="good">{text('log.doctor.well')}</Mark> : null}
      <ul class="plain-list">
        {sortedOf(doctor).map((finding) => (
          <Found key={`${finding.area} ${finding.text}`} finding={finding} />
        ))}
      </ul>
    </div>
  )
}

const Look = () => {
  const [doctor, setDoctor] = useState<Doctor | null>(null)
  const { data } = useFetched<ServerFacts>('/server')
  const command = terminalCommand('doctor', data?.directory ?? null)
  const look = (): Promise<boolean> =>
    attempt(async () => {
      const { body } = await request<Doctor>('/doctor')
      setDoctor(body)
      announce(worstOf(body)?.text ?? text('log.doctor.well'))
    })
  return (
    <section class="sheet stack">
      <h2>{text('log.doctor.title')}</h2>
      <p>{text('log.doctor.hint')}</p>
      <p class="row">
        <code>{command}</code> <CopyButton value={command} />
      </p>
      <p class="row">
        <Action needs="viewer" kind="main" onAct={look}>
          {text('log.doctor.act')}
        </Action>
        <CopyCurl needs="viewer" method="GET" path="/doctor" />
      </p>
      {doctor === null ? null : <Findings doctor={doctor} />}
    </section>
  )
}

export const Warnings = () => (
  <>
    <Now />
    <Look />
  </>
)
