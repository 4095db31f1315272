// What was measured: the value, what is allowed, and where the value lies between its limits.

import type { Measurement } from '../../api/records.d.ts'
import { Mark, type MarkKind } from '../../parts/mark.tsx'
import { text } from '../../text/text.ts'
import { placeOf } from './value-place.ts'

const shown = (value: Measurement['value']): string =>
  typeof value === 'boolean' ? text(value ? 'stations.value.true' : 'stations.value.false') : String(value)

const allowed = ({ low, high, equals }: Measurement): string => {
  if (equals !== null) return text('stations.allowed.equals', { value: shown(equals) })
  if (low !== null && high !== null) return text('stations.allowed.between', { low: String(low), high: String(high) })
  if (low !== null) return text('stations.allowed.least', { low: String(low) })
  return high === null ? text('stations.allowed.any') : text('stations.allowed.most', { high: String(high) })
}

const verdictOf = ({ outcome, marginal }: Measurement): readonly [MarkKind, string] => {
  if (outcome === null) return ['none', text('stations.verdict.none')]
  if (outcome === 'failed') return ['bad', text('stations.verdict.failed')]
  return marginal ? ['warn', text('stations.verdict.marginal')] : ['good', text('stations.verdict.passed')]
}

const Bar = ({ measurement }: { readonly measurement: Measurement }) => {
  const place = placeOf(measurement)
  if (place === null) return null
  const [kind] = verdictOf(measurement)
  return (
    <span class="value-bar" aria-hidden="true">
      <span class="allowed" style={{ left: `${place.from}%`, width: `${place.to - place.from}%` }} />
      <span class={`value value-${kind}`} style={{ left: `${place.value}%` }} />
    </span>
  )
}

const Row = ({ measurement }: { readonly measurement: Measurement }) => {
  const [kind, word] = verdictOf(measurement)
  return (
    <tr>
      <th scope="row">
        <bdi>{measurement.name}</bdi>
      </th>
      <td class="number" data-name={text('stations.measured.value')}>
        <strong>{shown(measurement.value)}</strong> {measurement.unit ?? ''}
      </td>
      <td data-name={text('stations.measured.allowed')}>{allowed(measurement)}</td>
      <td class="bar-cell">
        <Bar measurement={measurement} />
      </td>
      <td>
        <Mark kind={kind}>{word}</Mark>
      </td>
    </tr>
  )
}

export const RunMeasurements = ({ measurements }: { readonly measurements: readonly Measurement[] }) => (
  <table class="stacks measurements">
    <thead>
      <tr>
        <th scope="col">{text('stations.measured.name')}</th>
        <th scope="col" class="number">
          {text('stations.measured.value')}
        </th>
        <th scope="col">{text('stations.measured.allowed')}</th>
        <th scope="col">{text('stations.measured.place')}</th>
        <th scope="col">{text('stations.outcome')}</th>
      </tr>
    </thead>
    <tbody>
      {measurements.map((measurement, at) => (
        <Row key={`${at} ${measurement.name}`} measurement={measurement} />
      ))}
    </tbody>
  </table>
)
