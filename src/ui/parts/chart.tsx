// The two charts: a line of up to some hundred values, and a bar of parts. What they show is said beside them in words and figures too.

import './chart.css'

const height = 40

/** The values from the oldest to the newest, from zero to their largest. */
export const LineChart = ({ values, label }: { readonly values: readonly number[]; readonly label: string }) => {
  const most = Math.max(1, ...values)
  const last = Math.max(1, values.length - 1)
  const points = values.map((value, at) => `${(at / last) * 300},${(height - (value / most) * (height - 2)).toFixed(1)}`)
  return (
    <svg class="line-chart" viewBox={`0 0 300 ${height + 1}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <line x1="0" y1={height} x2="300" y2={height} />
      {points.length < 2 ? null : <path d={`M${points.join('L')}`} />}
    </svg>
  )
}

export type Fill = 'good' | 'bad' | 'warn' | 'busy' | 'none' | '1' | '2' | '3' | '4' | 'other'

export interface BarPart {
  readonly fill: Fill
  readonly value: number
  /** Its name and figure, for who points at it. */
  readonly label: string
}

/** The parts of a whole. `label` says all of it in words. */
export const StackedBar = ({ parts, label }: { readonly parts: readonly BarPart[]; readonly label: string }) => (
  <div class="stacked" role="img" aria-label={label}>
    {parts
      .filter(({ value }) => value > 0)
      .map(({ fill, value, label: name }) => (
        <span key={name} class={`fill-${fill}`} style={{ flexGrow: value, flexBasis: 0 }} title={name} />
      ))}
  </div>
)
