// When a new campaign stops by itself.

import type { Draft } from '../../parts/draft.ts'
import { ChoiceField, TextField } from '../../parts/field.tsx'
import { text } from '../../text/text.ts'
import { countIn } from './campaign-form.ts'
import { FormSection } from './form-section.tsx'
import { AddRow, RowButtons } from './row-buttons.tsx'

const modes = ['default', 'none', 'own'] as const
const classes = ['any', 'failed', 'timed_out', 'rejected'] as const

const modeOf = (draft: Draft) => modes.find((mode) => mode === draft.get('abort.mode')) ?? 'default'

const said = (draft: Draft): string =>
  modeOf(draft) === 'own'
    ? text('campaigns.abortRules', { n: countIn(draft.values, 'abort') })
    : text(modeOf(draft) === 'none' ? 'campaigns.abort.none' : 'campaigns.abort.default')

const AbortRow = ({ draft, index }: { readonly draft: Draft; readonly index: number }) => {
  const at = `abort[${index}]`
  const name = text('campaigns.ruleNamed', { rule: index + 1 })
  return (
    <fieldset class="form-row">
      <legend>{name}</legend>
      <div class="form-cells">
        <ChoiceField
          draft={draft}
          path={`${at}.on`}
          label={text('campaigns.abortOn')}
          choices={classes.map((value) => ({ value, label: text(`campaigns.on.${value}`) }))}
        />
        <TextField draft={draft} path={`${at}.percent`} label={text('campaigns.abortPercent')} inputMode="numeric" placeholder="20" />
        <TextField draft={draft} path={`${at}.minFinished`} label={text('campaigns.abortSample')} inputMode="numeric" placeholder="5" />
        <ChoiceField
          draft={draft}
          path={`${at}.action`}
          label={text('campaigns.abortAction')}
          choices={[
            { value: 'pause', label: text('campaigns.abortPause') },
            { value: 'cancel', label: text('campaigns.abortCancel') },
          ]}
        />
      </div>
      <RowButtons draft={draft} path="abort" at={index} name={name} />
    </fieldset>
  )
}

const initial = { on: 'any', percent: '20', minFinished: '5', action: 'pause' }

/** Own rules begin with one: the usual rule, to be changed. */
const choose = (draft: Draft, mode: string): void => {
  draft.set('abort.mode', mode)
  if (mode !== 'own' || countIn(draft.values, 'abort') > 0) return
  draft.fill({ 'abort.n': '1', ...Object.fromEntries(Object.entries(initial).map(([name, value]) => [`abort[0].${name}`, value])) })
}

export const AbortFields = ({ draft }: { readonly draft: Draft }) => (
  <FormSection draft={draft} title={text('campaigns.abort')} said={said(draft)} paths={['abort']}>
    <ChoiceField
      draft={draft}
      path="abort.mode"
      label={text('campaigns.abortMode')}
      onChoose={(mode) => choose(draft, mode)}
      choices={modes.map((value) => ({ value, label: text(`campaigns.abort.${value}`) }))}
    />
    {modeOf(draft) === 'own' ? (
      <>
        {Array.from({ length: countIn(draft.values, 'abort') }, (_, index) => (
          <AbortRow key={index} draft={draft} index={index} />
        ))}
        <AddRow draft={draft} path="abort" label={text('campaigns.addRule')} initial={initial} />
      </>
    ) : null}
  </FormSection>
)
