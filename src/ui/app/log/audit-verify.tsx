// Whether the audit is as it was written: each line fits the one before it.

import { useState } from 'preact/hooks'
import { request, withQuery } from '../../api/client.ts'
import type { AuditVerdict } from '../../api/records.d.ts'
import { Action } from '../../parts/action.tsx'
import { CopyButton, CopyCurl } from '../../parts/copy.tsx'
import { useDraft } from '../../parts/draft.ts'
import { FormFaults, TextField } from '../../parts/field.tsx'
import { Mark } from '../../parts/mark.tsx'
import { text } from '../../text/text.ts'

const Verdict = ({ verdict: { lines, head, faults } }: { readonly verdict: AuditVerdict }) => (
  <div class="stack" role="status">
    {faults.length === 0 ? (
      <Mark kind="good">{text('log.verify.fits', { n: lines })}</Mark>
    ) : (
      <>
        <Mark kind="bad">{text('log.verify.faults', { n: faults.length, lines })}</Mark>
        <ul>
          {faults.map((fault) => (
            <li key={`${fault.code} ${fault.from} ${fault.to}`}>{fault.text}</li>
          ))}
        </ul>
      </>
    )}
    {head === null ? null : (
      <p class="head">
        {text('log.verify.head')} <code>{head}</code> <CopyButton value={head} />
      </p>
    )}
  </div>
)

export const AuditVerify = () => {
  const draft = useDraft('log.verify', { head: '' })
  const [verdict, setVerdict] = useState<AuditVerdict | null>(null)
  const path = withQuery('/audit/verify', { head: draft.get('head').trim() })
  const verify = async (): Promise<void> => {
    try {
      setVerdict((await request<AuditVerdict>(path)).body)
      draft.refuseFields({})
    } catch (thrown) {
      draft.refuse(thrown)
    }
  }
  return (
    <section class="sheet stack">
      <h2>{text('log.verify.title')}</h2>
      <p class="dim">{text('log.verify.hint')}</p>
      <div class="noted">
        <TextField draft={draft} path="head" label={text('log.verify.noted')} hint={text('log.verify.notedHint')} autocomplete="off" />
      </div>
      <FormFaults draft={draft} paths={['head']} />
      <p class="row">
        <Action needs="admin" onAct={verify}>
          {text('log.verify.act')}
        </Action>
        <CopyCurl method="GET" path={path} />
      </p>
      {verdict === null ? null : <Verdict verdict={verdict} />}
    </section>
  )
}
