// The form of a campaign with its dry run beside it, and what is done with it: a draft is saved, a campaign is started.

import { useRef, useState } from 'preact/hooks'
import { isRefusal, request } from '../../api/client.ts'
import { newKey } from '../../api/new-key.ts'
import type { Campaign, Firmware } from '../../api/records.d.ts'
import { Action } from '../../parts/action.tsx'
import { CopyCurl } from '../../parts/copy.tsx'
import { type Draft, useDraft, type Values } from '../../parts/draft.ts'
import { FormFaults, TextField } from '../../parts/field.tsx'
import { notify } from '../../parts/toast.tsx'
import { campaignHref, go } from '../../router.ts'
import { paragraph, text } from '../../text/text.ts'
import { AbortFields } from './abort-fields.tsx'
import type { Beginning } from './campaign-beginning.ts'
import { campaignBody, phasesToOpen, type TypedCampaign, wholeBody } from './campaign-form.ts'
import { ChangedDraft } from './changed-draft.tsx'
import { DryRunPanel } from './dry-run-panel.tsx'
import { nameOf } from './field-names.ts'
import { KeptDraft } from './kept-draft.tsx'
import { ownFaults, shownPaths } from './own-faults.ts'
import { PatienceFields, RateFields, ScheduleFields, SpecialFields } from './pace-fields.tsx'
import { PackageField } from './package-field.tsx'
import { PhaseFields } from './phase-fields.tsx'
import { NarrowFields, TargetFields } from './target-fields.tsx'
import { useDryRun } from './use-dry-run.ts'

/** One key for each thing that is asked for: a second click on the same makes nothing. */
const useKey = (): ((body: TypedCampaign) => string) => {
  const last = useRef({ asked: '', key: '' })
  return (body) => {
    const asked = JSON.stringify(body)
    if (last.current.asked !== asked) last.current = { asked, key: newKey() }
    return last.current.key
  }
}

export interface FormViewFacts {
  readonly beginning: Beginning
  readonly packages: readonly Firmware[]
}

const leave = (draft: Draft, campaign: Pick<Campaign, 'id' | 'warnings'>, said: string): void => {
  draft.clear()
  notify(paragraph([said, ...(campaign.warnings ?? [])]))
  go(campaignHref(campaign.id))
}

interface Theirs {
  readonly campaign: Campaign
  readonly etag: string | null
}

interface Saving {
  readonly create: (start: boolean) => Promise<void>
  readonly save: (start: boolean) => Promise<void>
  /** Somebody else has changed the draft: what it is now. */
  readonly theirs: Theirs | null
  readonly resolve: () => void
}

interface Asked {
  readonly body: TypedCampaign
  readonly whole: TypedCampaign
  /** Faults of the page's own: nothing is sent. */
  readonly own: Values
}

const theirsIn = (thrown: unknown): Theirs | null => {
  if (!isRefusal(thrown) || thrown.problem?.code !== 'OTA_CHANGED' || thrown.problem.current === null) return null
  return { campaign: thrown.problem.current as Campaign, etag: thrown.etag }
}

/** What is saved is a change of what was there when it was begun, also where the form comes back later. */
const useSaving = (draft: Draft, { edited }: Beginning, { body, whole, own }: Asked, refused: unknown): Saving => {
  const keyOf = useKey()
  const [theirs, setTheirs] = useState<Theirs | null>(null)
  const path = `/campaigns/${edited?.campaign.id ?? ''}`
  const isAtFault = Object.keys(own).length > 0
  const create = async (start: boolean): Promise<void> => {
    if (isAtFault) return draft.refuse(refused, own)
    const asked = start ? { ...body, start } : body
    try {
      const made = await request<Campaign>('/campaigns', { method: 'POST', body: asked, key: keyOf(asked) })
      leave(draft, made.body, text(start ? 'campaigns.wasStarted' : 'campaigns.wasDrafted', { id: made.body.id }))
    } catch (thrown) {
      draft.refuse(thrown)
    }
  }
  const save = async (start: boolean): Promise<void> => {
    if (isAtFault) return draft.refuse(refused, own)
    try {
      const saved = await request<Campaign>(path, { method: 'PATCH', body: whole, etag: draft.get('etag') || null })
      draft.fill({ etag: saved.etag ?? '' })
      const { body: campaign } = start ? await request<Campaign>(`${path}/start`, { method: 'POST' }) : saved
      leave(draft, campaign, text(start ? 'campaigns.wasStarted' : 'campaigns.wasSaved', { id: campaign.id }))
    } catch (thrown) {
      const changed = theirsIn(thrown)
      if (changed === null) draft.refuse(thrown)
      else setTheirs(changed)
    }
  }
  const resolve = (): void => {
    draft.fill({ etag: theirs?.etag ?? '' })
    setTheirs(null)
  }
  return { create, save, theirs, resolve }
}

const Buttons = ({ draft, saving, body, isEdit }: { draft: Draft; saving: Saving; body: TypedCampaign; isEdit: boolean }) => {
  const reason = draft.get('firmware') === '' ? text('campaigns.planNeedsPackage') : undefined
  return (
    <div class="row">
      <Action needs="operator" kind="main" reason={reason} onAct={() => (isEdit ? saving.save(true) : saving.create(true))}>
        {text(isEdit ? 'campaigns.saveAndStart' : 'campaigns.start')}
      </Action>
      <Action needs="operator" reason={reason} onAct={() => (isEdit ? saving.save(false) : saving.create(false))}>
        {text(isEdit ? 'campaigns.save' : 'campaigns.draft')}
      </Action>
      {isEdit ? null : <CopyCurl needs="operator" method="POST" path="/campaigns" body={{ ...body, start: true }} />}
      <button type="button" class="plain" onClick={() => draft.clear()}>
        {text('campaigns.resetForm')}
      </button>
    </div>
  )
}

const Fields = ({ draft, chosen, packages }: { draft: Draft; chosen: Firmware | null; packages: readonly Firmware[] }) => (
  <>
    <PackageField draft={draft} packages={packages} />
    <TextField draft={draft} path="name" label={text('campaigns.name')} hint={text('campaigns.nameHint')} autocomplete="off" />
    <TargetFields draft={draft} chosen={chosen} />
    <div>
      <PhaseFields draft={draft} />
      <AbortFields draft={draft} />
      <ScheduleFields draft={draft} />
      <RateFields draft={draft} />
      <NarrowFields draft={draft} chosen={chosen} />
      <PatienceFields draft={draft} />
      <SpecialFields draft={draft} />
    </div>
  </>
)

export const CampaignFormView = ({ beginning, packages }: FormViewFacts) => {
  const draft = useDraft(beginning.key, beginning.values)
  const chosen = packages.find(({ id }) => id === draft.get('firmware')) ?? null
  const product = chosen?.product ?? ''
  const body = campaignBody(draft.values, product)
  const own = ownFaults(draft.values)
  const run = useDryRun(chosen === null ? null : body, own, draft.show)
  const asked = { body, whole: wholeBody(draft.values, product), own }
  const saving = useSaving(draft, beginning, asked, run.problem === null ? null : run)
  const shown = shownPaths(draft.values)
  return (
    <div class="beside">
      <form class="sheet stack" onSubmit={(event) => event.preventDefault()} noValidate autocomplete="off">
        {packages.length === 0 ? (
          <p>
            {text('campaigns.noPackage')} <a href="/firmware">{text('nav.firmware')}</a>
          </p>
        ) : null}
        <KeptDraft draft={draft} initial={beginning.values} />
        <Fields draft={draft} chosen={chosen} packages={packages} />
        {saving.theirs === null ? null : (
          <ChangedDraft mine={beginning} theirs={saving.theirs.campaign} draft={draft} onResolved={saving.resolve} />
        )}
        <FormFaults draft={draft} paths={shown} nameOf={nameOf} />
        <Buttons draft={draft} saving={saving} body={body} isEdit={beginning.edited !== null} />
      </form>
      <DryRunPanel run={run} chosen={chosen} shown={shown} waits={phasesToOpen(draft.values)} />
    </div>
  )
}
