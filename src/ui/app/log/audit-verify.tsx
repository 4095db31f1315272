// Whether the audit is as it was written: each line fits the one before it.

import { useState } from 'preact/hooks'
import { request, withQuery } from '../../api/client.ts'
import type { AuditVerdict } from '../../api/records.d.ts'
import { Action } from '../../parts/action.tsx'
import { announce } from '../../parts/announce.ts'
import { CopyButton, CopyCurl } from '../../parts/copy.tsx'
import { useDraft } from '../../parts/draft.ts'
import { FormFaults, TextField } from '../../parts/field.tsx'
import { Mark } from '../../parts/mark.tsx'
import { text } from '../../text/text.ts'

const sentenceOf = ({ lines, faults }: AuditVerdict): string =>
  faults.length === 0 ? text('log.verify.fits', { n: lines }) : text('log.verify.faults', { n: faults.length, lines })

const Verdict = ({ verdict }: { readonly verdict: AuditVerdict }) => {
  const { head, faults } = verdict
  return (
    <div class="stack">
      {faults.length === 0 ? (
        <Mark kind="good">{sentenceOf(verdict)}</Mark>
      ) : (
        <>
          <Mark kind="bad">{sentenceOf(verdict)}</Mark>
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
}

export const AuditVerify = () => {
  const draft = useDraft('log.verify', { head: '' })
  const [verdict, setVerdict] = useState<AuditVerdict | null>(null)
  const path = withQuery('/audit/verify', { head: draft.get('head').trim() })
  const verify = async (): Promise<void> => {
    try {
      const { body } = await request<AuditVerdict>(path)
      setVerdict(body)
      announce(sentenceOf(body))
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
        <CopyCurl needs="admin" method="GET" path={path} />
      </p>
      {verdict === null ? null : <Verdict verdict={verdict} />}
    </section>
  )
}
