// The phases of a new campaign: how many devices each has, and what must be so before the next one opens.

import type { Draft } from '../../parts/draft.ts'
import { ChoiceField, TextField } from '../../parts/field.tsx'
import { duration, text } from '../../text/text.ts'
import { countedIn, countIn, hasRest, type SizeName, sizeNameOf, sizeNames } from './campaign-form.ts'
import { FormSection } from './form-section.tsx'
import { AddRow, RowButtons } from './row-buttons.tsx'
import { SpanField } from './span-field.tsx'

const sizeText = (draft: Draft, at: string): string => {
  const by = sizeNameOf(draft.values, at)
  const typed = draft.get(`${at}.${by}`).trim() || '?'
  return by === 'percent'
    ? text('campaigns.sizePercent', { percent: typed })
    : by === 'count'
      ? text('campaigns.sizeCount', { n: Number(typed) || typed })
      : typed
}

const rowsOf = (draft: Draft): readonly string[] =>
  Array.from({ length: countIn(draft.values, 'phases') }, (_, index) => `phases[${index}]`)

const said = (draft: Draft): string => {
  const sizes = rowsOf(draft).map((at) => sizeText(draft, at))
  return sizes.length === 0
    ? text('campaigns.allAtOnce')
    : [...sizes, ...(hasRest(draft.values) ? [text('campaigns.theRest')] : [])].join(' → ')
}

/** The tag is of the first phase only. */
const sizesOf = (index: number): readonly SizeName[] => (index === 0 ? sizeNames : sizeNames.filter((name) => name !== 'tag'))

const PhaseRow = ({ draft, index }: { readonly draft: Draft; readonly index: number }) => {
  const at = `phases[${index}]`
  const name = text('campaigns.phaseNamed', { phase: index + 1 })
  const by = sizeNameOf(draft.values, at)
  return (
    <fieldset class="form-row">
      <legend>{name}</legend>
      <div class="form-cells">
        <ChoiceField
          draft={draft}
          path={`${at}.by`}
          label={text('campaigns.sizeBy')}
          choices={sizesOf(index).map((value) => ({ value, label: text(`campaigns.by.${value}`) }))}
        />
        <TextField
          draft={draft}
          path={`${at}.${by}`}
          label={text(`campaigns.size.${by}`)}
          {...(by === 'tag' ? {} : { inputMode: 'numeric' as const })}
        />
        <TextField
          draft={draft}
          path={`${at}.successPercent`}
          label={text('campaigns.successPercent')}
          inputMode="numeric"
          placeholder="100"
        />
        <TextField
          draft={draft}
          path={`${at}.minFinished`}
          label={text('campaigns.minFinished')}
          hint={text(by === 'count' ? 'campaigns.minFinishedAll' : 'campaigns.minFinishedOne')}
          inputMode="numeric"
          placeholder={String(by === 'count' ? (countedIn(draft.values, index) ?? '') : 1)}
        />
        <SpanField
          draft={draft}
          path={`${at}.soakSeconds`}
          label={text('campaigns.soak')}
          hint={text('campaigns.soakHint')}
          placeholder={duration(0)}
        />
        <ChoiceField
          draft={draft}
          path={`${at}.then`}
          label={text('campaigns.then')}
          choices={[
            { value: '', label: text('campaigns.thenNext') },
            { value: 'wait', label: text('campaigns.thenWait') },
          ]}
        />
      </div>
      <RowButtons draft={draft} path="phases" at={index} name={name} isOrdered />
    </fieldset>
  )
}

/** The last one, which nobody has to add. */
const Rest = ({ draft }: { readonly draft: Draft }) => {
  const before = countIn(draft.values, 'phases')
  const said = draft.get(`phases[${before - 1}].then`) === 'wait' ? 'campaigns.restPhaseWait' : 'campaigns.restPhase'
  return hasRest(draft.values) ? (
    <p class="form-row">
      {text('unit.named', { name: text('campaigns.phaseNamed', { phase: before + 1 }), value: text(said, { before }) })}
    </p>
  ) : null
}

/** The shares that come after one another, by and large. */
const nextShare = (draft: Draft): string => {
  const last = countIn(draft.values, 'phases') - 1
  const before = last < 0 ? 0 : Number(draft.get(`phases[${last}].percent`)) || 0
  return String([5, 20, 50].find((share) => share > before) ?? 90)
}

export const PhaseFields = ({ draft }: { readonly draft: Draft }) => (
  <FormSection draft={draft} title={text('campaigns.phases')} said={said(draft)} paths={['phases']}>
    <p class="dim">{text('campaigns.phasesHint')}</p>
    {rowsOf(draft).map((at, index) => (
      <PhaseRow key={at} draft={draft} index={index} />
    ))}
    <Rest draft={draft} />
    <AddRow
      draft={draft}
      path="phases"
      label={text('campaigns.addPhase')}
      initial={{ by: 'percent', percent: nextShare(draft), successPercent: '95', minFinished: '', soakSeconds: '10 min' }}
    />
  </FormSection>
)
