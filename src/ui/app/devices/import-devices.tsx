// The import of a list of devices: a file that is dropped or chosen, then what it changed, or each fault with its place. A refused list has
// changed nothing.

import { useEffect, useRef, useState } from 'preact/hooks'
import { isRefusal } from '../../api/client.ts'
import { newKey } from '../../api/new-key.ts'
import type { Imported, Problem } from '../../api/records.d.ts'
import { withheld } from '../../parts/action.tsx'
import { announce } from '../../parts/announce.ts'
import { CopyCurl } from '../../parts/copy.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Mark } from '../../parts/mark.tsx'
import { bytes, text } from '../../text/text.ts'
import { importList } from './import-request.ts'

type Step =
  | { readonly kind: 'idle' }
  | { readonly kind: 'busy'; readonly name: string; readonly size: number }
  | { readonly kind: 'done'; readonly name: string; readonly imported: Imported }
  | { readonly kind: 'refused'; readonly name: string; readonly problem: Problem | null }

const example = 'product,name,secret,gateway,tags\nlamp,l2,,lamp/gw1,floor-2;test'

const Faults = ({ problem }: { readonly problem: Problem | null }) => {
  if (problem === null) return <p>{text('problem.unreachable')}</p>
  const { detail, faults = [] } = problem
  return (
    <div class="stack">
      <p>{detail}</p>
      {faults.length === 0 ? null : (
        <ol class="import-faults" aria-label={text('devices.importDevices.faults')}>
          {faults.map(({ path, message }) => (
            <li key={`${path} ${message}`}>
              <strong>{path}</strong> {message}
            </li>
          ))}
        </ol>
      )}
    </div>
  )
}

const Outcome = ({ step }: { readonly step: Step }) => {
  if (step.kind === 'idle') return null
  if (step.kind === 'busy') {
    return (
      <div class="stack">
        <Mark kind="busy">{text('devices.importDevices.busy', { name: step.name, size: bytes(step.size) })}</Mark>
        <progress aria-label={text('devices.importDevices.title')} />
      </div>
    )
  }
  if (step.kind === 'refused') {
    return (
      <div class="stack" role="alert">
        <Mark kind="bad">{text('devices.importDevices.refused', { name: step.name })}</Mark>
        <Faults problem={step.problem} />
      </div>
    )
  }
  const { created, updated, unchanged } = step.imported
  return (
    <div class="stack">
      <Mark kind="good">{text('devices.importDevices.done', { name: step.name })}</Mark>
      <p>{text('devices.importDevices.counts', { created, updated, unchanged })}</p>
    </div>
  )
}

const useImport = (onDone: () => void) => {
  const [step, setStep] = useState<Step>({ kind: 'idle' })
  const send = async (file: File): Promise<void> => {
    const { name, size } = file
    setStep({ kind: 'busy', name, size })
    try {
      const imported = await importList(file, newKey())
      setStep({ kind: 'done', name, imported })
      announce(text('devices.importDevices.done', { name }))
      onDone()
    } catch (thrown) {
      setStep({ kind: 'refused', name, problem: isRefusal(thrown) ? thrown.problem : null })
    }
  }
  return { step, send }
}

const firstOf = (files: FileList | null | undefined): File | null => files?.[0] ?? null

export interface ImportFacts {
  /** One that was dropped on the list; null: to be chosen. */
  readonly file: File | null
  readonly onClose: () => void
  readonly onDone: () => void
}

export const ImportDevices = ({ file, onClose, onDone }: ImportFacts) => {
  const { step, send } = useImport(onDone)
  const input = useRef<HTMLInputElement>(null)
  const why = withheld('admin')
  const take = (given: File | null): void => {
    if (given !== null && why === undefined && step.kind !== 'busy') void send(given)
  }
  useEffect(() => take(file), [file])
  return (
    <Dialog title={text('devices.importDevices.title')} onClose={onClose}>
      <div class="stack drop">
        <p>{text('devices.importDevices.hint')}</p>
        <pre>{example}</pre>
        <div class="row">
          <input
            ref={input}
            hidden
            type="file"
            accept=".csv,.txt,.tsv,text/csv"
            onChange={(event) => {
              take(firstOf(event.currentTarget.files))
              // The same file again, once it is corrected.
              event.currentTarget.value = ''
            }}
          />
          <button
            type="button"
            class="main"
            disabled={why !== undefined || step.kind === 'busy'}
            title={why}
            onClick={() => input.current?.click()}
          >
            {text('devices.importDevices.choose')}
          </button>
          <span class="dim">{why ?? text('devices.importDevices.orDrop')}</span>
        </div>
        <Outcome step={step} />
      </div>
      <div class="row end">
        <CopyCurl needs="admin" method="POST" path="/devices/import" type="text/csv" file="devices.csv" />
        <button type="button" onClick={onClose}>
          {text('action.close')}
        </button>
      </div>
    </Dialog>
  )
}
