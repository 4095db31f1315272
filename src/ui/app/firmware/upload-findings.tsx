// What is wrong with the package, beside the form, while it is typed.

import { useEffect, useState } from 'preact/hooks'
import { withQuery } from '../../api/client.ts'
import { useFetched } from '../../api/fetched.ts'
import type { Firmware, Setting } from '../../api/records.d.ts'
import type { Draft } from '../../parts/draft.ts'
import { Mark } from '../../parts/mark.tsx'
import { When } from '../../parts/when.tsx'
import { bytes, text } from '../../text/text.ts'
import type { ImageSaid } from './image-said.ts'
import { findingsOf, namedOf, type PackageName, type UploadFinding } from './upload-checks.ts'

interface Items<T> {
  readonly items: readonly T[]
}

/** What is typed counts when nothing has been typed for so long, milliseconds. */
const settleMs = 300

const useSettled = (latest: string): string => {
  const [settled, setSettled] = useState(latest)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(latest), settleMs)
    return () => clearTimeout(timer)
  }, [latest])
  return settled
}

const useCount = (path: string | null): number | null => {
  const { data, isPending } = useFetched<{ readonly count: number }>(path)
  return path === null || isPending ? null : (data?.count ?? null)
}

const useSame = (path: string | null): readonly Firmware[] => {
  const { data, isPending } = useFetched<Items<Firmware>>(
    path,
    ({ name, data: { packages } }) => name === 'overview' && packages !== undefined,
  )
  return path === null || isPending ? [] : (data?.items ?? [])
}

const useMost = (): number | null => {
  const { data } = useFetched<Items<Setting>>('/settings')
  const value = data?.items.find(({ path }) => path === 'firmware.maxFileBytes')?.value
  return typeof value === 'number' ? value : null
}

export const useFindings = (file: File | null, draft: Draft, said: ImageSaid): readonly UploadFinding[] => {
  const named = namedOf(draft.values)
  const { product, module, version }: Omit<PackageName, 'from'> = JSON.parse(useSettled(JSON.stringify({ ...named, from: [] })))
  const most = useMost()
  const isNamed = product !== ''
  const same = useSame(isNamed && version !== '' ? withQuery('/firmware', { product, module, version, limit: 1000 }) : null)
  const devices = {
    product: useCount(isNamed ? withQuery('/devices', { product, limit: 1 }) : null),
    module: useCount(isNamed ? withQuery('/devices', { product, module, limit: 1 }) : null),
  }
  if (file === null) return []
  const facts = said.kind === 'read' ? said.facts : null
  return findingsOf({ size: file.size, named, isUnreadable: said.kind === 'unreadable', facts, most, devices, same })
}

const Exists = ({ firmware, differs }: Extract<UploadFinding, { kind: 'exists' }>) => (
  <>
    <Mark kind={differs ? 'bad' : 'warn'}>
      {text(differs ? 'firmware.upload.differs' : 'firmware.upload.exists', { version: firmware.version, size: bytes(firmware.size) })}
    </Mark>{' '}
    <span class="dim">
      <When at={firmware.createdAt} />
    </span>
  </>
)

const BuiltOtherwise = ({ built, draft }: { readonly built: string; readonly draft: Draft }) => (
  <>
    <Mark kind="warn">{text('firmware.upload.finding.version', { built, version: namedOf(draft.values).version })}</Mark>{' '}
    <button type="button" class="plain" onClick={() => draft.set('version', built)}>
      {text('firmware.upload.use', { version: built })}
    </button>
  </>
)

/** Of those that are one sentence. */
const sentenceOf = (finding: Exclude<UploadFinding, { kind: 'exists' | 'version' }>, draft: Draft): string => {
  const { product, module } = namedOf(draft.values)
  const most = finding.kind === 'large' ? bytes(finding.most) : ''
  return text(`firmware.upload.finding.${finding.kind}`, { product, module, most })
}

const Found = ({ finding, draft }: { readonly finding: UploadFinding; readonly draft: Draft }) =>
  finding.kind === 'exists' ? (
    <Exists {...finding} />
  ) : finding.kind === 'version' ? (
    <BuiltOtherwise built={finding.built} draft={draft} />
  ) : (
    <Mark kind={finding.blocks ? 'bad' : 'none'}>{sentenceOf(finding, draft)}</Mark>
  )

export const Findings = ({ findings, draft }: { readonly findings: readonly UploadFinding[]; readonly draft: Draft }) =>
  findings.length === 0 ? null : (
    <ul class="plain-list stack" aria-label={text('firmware.upload.findings')}>
      {findings.map((finding) => (
        <li key={finding.kind}>
          <Found finding={finding} draft={draft} />
        </li>
      ))}
    </ul>
  )
