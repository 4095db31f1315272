// The fields of a procedure: what is tested with which firmware, the limits of its self-test, and, folded, what most leave as it is.

import type { Firmware } from '../../api/records.d.ts'
import type { Draft } from '../../parts/draft.ts'
import { AreaField, CheckField, ChoiceField, TextField } from '../../parts/field.tsx'
import { bytes, text } from '../../text/text.ts'
import { FoldedFields } from './folded-fields.tsx'
import { LimitTable } from './limit-table.tsx'
import { firmwareField, modulesOf, stepNames } from './procedure-values.ts'

interface Facts {
  readonly draft: Draft
}

export const FirmwareFields = ({ draft, packages }: Facts & { readonly packages: readonly Firmware[] }) => {
  const modules = modulesOf(packages, draft.get('product').trim())
  const fault = draft.faultOf('firmware')
  return (
    <fieldset class="form">
      <legend>{text('stations.firmware')}</legend>
      {modules.length === 0 ? <p class="dim">{text('stations.procedure.noPackage')}</p> : null}
      {modules.map(([module, all]) => (
        <ChoiceField
          key={module}
          draft={draft}
          path={firmwareField(module)}
          label={module === 'default' ? text('stations.procedure.package') : text('stations.procedure.packageOf', { module })}
          choices={[
            { value: '', label: text('stations.procedure.asItIs') },
            ...all.map(({ id, version, size }) => ({ value: id, label: `${version} · ${bytes(size)}` })),
          ]}
        />
      ))}
      {fault === null ? null : <span class="fault">{fault}</span>}
    </fieldset>
  )
}

export const SelfTestFields = ({ draft }: Facts) => {
  const source = draft.get('source')
  return (
    <fieldset class="form">
      <legend>{text('stations.selfTest')}</legend>
      <ChoiceField
        draft={draft}
        path="source"
        label={text('stations.procedure.source')}
        choices={(['none', 'device', 'jig'] as const).map((each) => ({ value: each, label: text(`stations.procedure.source.${each}`) }))}
      />
      {source === 'device' ? (
        <ChoiceField
          draft={draft}
          path="topic"
          label={text('stations.procedure.topic')}
          choices={[
            { value: 'event/selftest', label: '/thing/up/event/selftest/post' },
            { value: 'property', label: '/thing/up/property/post' },
          ]}
        />
      ) : null}
      {source === 'none' ? null : (
        <>
          <LimitTable draft={draft} />
          <CheckField draft={draft} path="requireAll" label={text('stations.procedure.requireAll')} />
        </>
      )}
    </fieldset>
  )
}

export const stepPaths = stepNames.map((name) => `steps.${name}`)

export const StepFields = ({ draft }: Facts) => (
  <FoldedFields
    draft={draft}
    title={text('stations.procedure.times')}
    said={text('stations.procedure.timesSaid', Object.fromEntries(stepNames.map((name) => [name, draft.get(`steps.${name}`)])))}
    paths={stepPaths}
  >
    {stepNames.map((name) => (
      <TextField
        key={name}
        draft={draft}
        path={`steps.${name}`}
        label={text(`stations.procedure.${name}`)}
        inputMode="numeric"
        autocomplete="off"
      />
    ))}
  </FoldedFields>
)

export const morePaths = [
  'pattern',
  'serial.pattern',
  'reflash',
  'requires',
  'retest',
  'reasonNeeded',
  'golden',
  'bad',
  'everyHours',
  'reference',
  'printer',
  'template',
  'label',
]

export const MoreFields = ({ draft }: Facts) => (
  <FoldedFields draft={draft} title={text('stations.form.more')} said={text('stations.procedure.moreSaid')} paths={morePaths}>
    <TextField
      draft={draft}
      path="pattern"
      label={text('stations.procedure.pattern')}
      hint={text('stations.procedure.patternHint')}
      autocomplete="off"
    />
    <ChoiceField
      draft={draft}
      path="reflash"
      label={text('stations.procedure.reflash')}
      choices={(['never', 'always'] as const).map((each) => ({ value: each, label: text(`stations.procedure.reflash.${each}`) }))}
    />
    <TextField
      draft={draft}
      path="requires"
      label={text('stations.procedure.requires')}
      hint={text('stations.procedure.requiresHint')}
      autocomplete="off"
    />
    <TextField
      draft={draft}
      path="retest"
      label={text('stations.procedure.retest')}
      hint={text('stations.procedure.retestHint')}
      inputMode="numeric"
    />
    <CheckField draft={draft} path="reasonNeeded" label={text('stations.procedure.reasonNeeded')} />
    <TextField
      draft={draft}
      path="golden"
      label={text('stations.procedure.golden')}
      hint={text('stations.procedure.goldenHint')}
      autocomplete="off"
    />
    <TextField draft={draft} path="bad" label={text('stations.procedure.bad')} autocomplete="off" />
    <TextField draft={draft} path="everyHours" label={text('stations.procedure.everyHours')} inputMode="numeric" autocomplete="off" />
    <TextField draft={draft} path="printer" label={text('stations.procedure.printer')} placeholder="10.0.3.9:9100" autocomplete="off" />
    <AreaField draft={draft} path="template" label={text('stations.procedure.template')} hint={text('stations.procedure.templateHint')} />
  </FoldedFields>
)
