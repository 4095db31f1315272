// The procedures with their newest revisions: what each tests, and which revision stations use.

import { useState } from 'preact/hooks'
import { request } from '../../api/client.ts'
import { useFetched } from '../../api/fetched.ts'
import type { Procedure, ProcedureRecord } from '../../api/records.d.ts'
import { Action } from '../../parts/action.tsx'
import { CopyCurl } from '../../parts/copy.tsx'
import { Mark } from '../../parts/mark.tsx'
import { Opener } from '../../parts/opener.tsx'
import { attempt } from '../../parts/toast.tsx'
import { When } from '../../parts/when.tsx'
import { listed, text } from '../../text/text.ts'
import { ProcedureForm } from './procedure-form.tsx'
import { procedurePath } from './stations-addresses.ts'

/** Releases exactly that revision: a newer one that somebody else has made is not meant. */
export const ReleaseAction = ({ procedure: { id, rev }, onDone }: { readonly procedure: Procedure; readonly onDone: () => void }) => {
  const path = `${procedurePath(id)}/release`
  const release = async (): Promise<void> => {
    const isDone = await attempt(
      () => request(path, { method: 'POST', body: { rev } }),
      text('stations.procedure.released', { id, rev }),
      `procedure ${id}`,
    )
    if (isDone) onDone()
  }
  return (
    <>
      <Action needs="admin" kind="main" onAct={release}>
        {text('stations.procedure.release', { rev })}
      </Action>
      <CopyCurl needs="admin" method="POST" path={path} body={{ rev }} what={text('stations.procedure.release', { rev })} />
    </>
  )
}

const firmwareWords = ({ firmware }: Procedure): string =>
  firmware.length === 0
    ? text('stations.procedure.noSelfTest')
    : listed(firmware.map(({ module, version }) => (module === 'default' ? version : `${module} ${version}`)))

const selfTestWords = ({ selfTest }: Procedure): string =>
  selfTest === null ? text('stations.procedure.noSelfTest') : text('stations.procedure.limits', { n: selfTest.limits.length })

/** Which revisions there are, and which of them stations use. */
const Revisions = ({ procedure }: { readonly procedure: Procedure }) => {
  const { data } = useFetched<ProcedureRecord>(`${procedurePath(procedure.id)}?rev=${procedure.rev}`)
  const used = data?.revisions.findLast(({ released }) => released)?.rev ?? null
  return (
    <>
      {procedure.releasedAt !== null ? (
        <Mark kind="good">{text('stations.procedure.inUse', { rev: procedure.rev })}</Mark>
      ) : used !== null ? (
        <Mark kind="warn">{text('stations.procedure.olderInUse', { rev: procedure.rev, used })}</Mark>
      ) : (
        <Mark kind="warn">{text('stations.procedure.notReleased', { rev: procedure.rev })}</Mark>
      )}{' '}
      <span class="small dim">
        {procedure.releasedAt === null ? procedure.createdBy : procedure.releasedBy}{' '}
        <When at={procedure.releasedAt ?? procedure.createdAt} />
      </span>
    </>
  )
}

const Row = ({ procedure, onDone }: { readonly procedure: Procedure; readonly onDone: () => void }) => {
  const [isOpen, setOpen] = useState(false)
  const done = (): void => {
    setOpen(false)
    onDone()
  }
  return (
    <tr>
      <th scope="row">
        <bdi>{procedure.id}</bdi>
      </th>
      <td data-name={text('stations.product')}>{procedure.product}</td>
      <td data-name={text('stations.process')}>{procedure.process}</td>
      <td data-name={text('stations.firmware')}>{firmwareWords(procedure)}</td>
      <td data-name={text('stations.selfTest')}>{selfTestWords(procedure)}</td>
      <td>
        <Revisions key={`${procedure.rev} ${procedure.releasedAt}`} procedure={procedure} />
      </td>
      <td>
        <span class="row">
          {procedure.releasedAt === null ? <ReleaseAction procedure={procedure} onDone={onDone} /> : null}
          <Opener needs="admin" kind="plain" onOpen={() => setOpen(true)}>
            {text('stations.procedure.next')}
          </Opener>
        </span>
        {isOpen ? <ProcedureForm procedure={procedure} onDone={done} onClose={() => setOpen(false)} /> : null}
      </td>
    </tr>
  )
}

const columns = ['procedure', 'product', 'process', 'firmware', 'selfTest'] as const

export const ProcedureList = ({ procedures, onDone }: { readonly procedures: readonly Procedure[]; readonly onDone: () => void }) => (
  <section class="sheet stack" aria-labelledby="procedures-head">
    <h2 id="procedures-head">{text('stations.procedures')}</h2>
    <table class="stacks">
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column} scope="col">
              {text(`stations.${column}`)}
            </th>
          ))}
          <th scope="col">{text('stations.procedure.revision')}</th>
          <th scope="col">
            <span class="unseen">{text('stations.procedure.acts')}</span>
          </th>
        </tr>
      </thead>
      <tbody data-rows>
        {procedures.map((procedure) => (
          <Row key={procedure.id} procedure={procedure} onDone={onDone} />
        ))}
      </tbody>
    </table>
  </section>
)
