// The package of a new campaign: those that are there, by product and module, the newest first.

import type { Firmware } from '../../api/records.d.ts'
import type { Draft } from '../../parts/draft.ts'
import { bytes, listed, text } from '../../text/text.ts'

const groupOf = ({ product, module }: Firmware): string => (module === 'default' ? product : `${product} ${module}`)

const optionOf = ({ product, version, size, from, description }: Firmware): string =>
  [
    `${product} ${version}`,
    bytes(size),
    ...(from.length === 0 ? [] : [text('campaigns.onlyFrom', { versions: listed(from.slice(0, 3)) })]),
    ...(description === '' ? [] : [description.slice(0, 60)]),
  ].join(' · ')

const groupsOf = (packages: readonly Firmware[]): readonly (readonly [string, readonly Firmware[]])[] => {
  const groups = new Map<string, Firmware[]>()
  for (const each of [...packages].reverse()) groups.set(groupOf(each), [...(groups.get(groupOf(each)) ?? []), each])
  return [...groups].sort(([one], [other]) => (one < other ? -1 : 1))
}

export interface PackageFieldFacts {
  readonly draft: Draft
  readonly packages: readonly Firmware[]
}

const id = 'campaign-package'

export const PackageField = ({ draft, packages }: PackageFieldFacts) => {
  const fault = draft.faultOf('firmware')
  return (
    <div class="field">
      <label for={id}>{text('campaigns.package')}</label>
      <select
        id={id}
        name="firmware"
        value={draft.get('firmware')}
        aria-invalid={fault !== null}
        {...(fault === null ? {} : { 'aria-describedby': `${id}-fault` })}
        onChange={(event) => draft.set('firmware', event.currentTarget.value)}
      >
        <option value="">{text('campaigns.choosePackage')}</option>
        {groupsOf(packages).map(([group, items]) => (
          <optgroup key={group} label={group}>
            {items.map((each) => (
              <option key={each.id} value={each.id}>
                {optionOf(each)}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
      {fault === null ? null : (
        <span class="fault" id={`${id}-fault`}>
          {fault}
        </span>
      )}
    </div>
  )
}
