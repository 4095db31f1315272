// Which devices a new campaign is for.

import { figures } from '../../api/live.ts'
import type { Firmware } from '../../api/records.d.ts'
import type { Draft } from '../../parts/draft.ts'
import { AreaField, CheckField, ChoiceField, TextField } from '../../parts/field.tsx'
import { listed, number, text } from '../../text/text.ts'
import { FormSection } from './form-section.tsx'
import { linesIn } from './typed-values.ts'

export interface TargetFieldFacts {
  readonly draft: Draft
  /** null: not chosen yet. */
  readonly chosen: Firmware | null
}

export const TargetFields = ({ draft, chosen }: TargetFieldFacts) => (
  <>
    <ChoiceField
      draft={draft}
      path="target.kind"
      label={text('campaigns.target')}
      choices={[
        { value: 'all', label: chosen === null ? text('campaigns.targetAny') : text('campaigns.targetAll', { product: chosen.product }) },
        { value: 'some', label: text('campaigns.targetSome') },
      ]}
    />
    {draft.get('target.kind') === 'some' ? (
      <div class="indent stack">
        <TextField draft={draft} path="target.tags" label={text('campaigns.tags')} hint={text('campaigns.tagsHint')} />
        <AreaField draft={draft} path="target.devices" label={text('campaigns.devices')} hint={text('campaigns.devicesHint')} />
      </div>
    ) : null}
  </>
)

/** What the fleet runs now, so that nobody has to know it by heart. */
const versionsSeen = (chosen: Firmware | null): string => {
  const found = figures.value?.devices.modules.find(({ product, module }) => product === chosen?.product && module === chosen.module)
  const seen = (found?.versions ?? []).slice(0, 5).map(({ version, devices }) => `${version} (${number(devices)})`)
  return seen.length === 0 ? text('campaigns.fromHint') : text('campaigns.fromSeen', { versions: listed(seen) })
}

const narrowed = (draft: Draft): string => {
  const from = linesIn(draft.get('target.from'))
  const excluded = linesIn(draft.get('target.exclude')).length
  const set = [
    ...(from.length === 0 ? [] : [text('campaigns.onlyFrom', { versions: listed(from) })]),
    ...(excluded === 0 ? [] : [text('campaigns.excluded', { n: excluded })]),
    ...(draft.get('target.continuous') === 'true' ? [text('campaigns.continuousShort')] : []),
  ]
  return set.length === 0 ? text('campaigns.nothingSet') : set.join(' · ')
}

export const NarrowFields = ({ draft, chosen }: TargetFieldFacts) => (
  <FormSection
    draft={draft}
    title={text('campaigns.narrow')}
    said={narrowed(draft)}
    paths={['target.from', 'target.exclude', 'target.continuous']}
  >
    <AreaField draft={draft} path="target.from" label={text('campaigns.from')} hint={versionsSeen(chosen)} rows={2} />
    <AreaField draft={draft} path="target.exclude" label={text('campaigns.exclude')} hint={text('campaigns.devicesHint')} rows={2} />
    <CheckField draft={draft} path="target.continuous" label={text('campaigns.continuous')} hint={text('campaigns.continuousHint')} />
  </FormSection>
)
