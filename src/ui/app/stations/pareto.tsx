// What runs failed by: a bar for each code, the most frequent first, with its words.

import type { YieldRow } from '../../api/records.d.ts'
import { number, text } from '../../text/text.ts'
import { codeWords } from './code-words.ts'
import { percent } from './yield-words.ts'

const shownCodes = 8

export const Pareto = ({ row }: { readonly row: YieldRow | null }) => {
  const all = row?.pareto ?? []
  const most = all[0]?.count ?? 1
  return (
    <section class="sheet stack" aria-labelledby="pareto-head">
      <h2 id="pareto-head">{text('stations.pareto')}</h2>
      {all.length === 0 ? <p class="dim">{text('stations.pareto.none')}</p> : null}
      <ol class="plain-list pareto">
        {all.slice(0, shownCodes).map(({ code, count, cumulative }) => (
          <li key={code}>
            <span class="pareto-words">
              {codeWords(code)} <span class="small dim">{code}</span>
            </span>
            <span class="number">{number(count)}</span>
            <span class="pareto-bar" aria-hidden="true">
              <span class="pareto-part" style={{ width: `${(count / most) * 100}%` }} />
            </span>
            <span class="small dim number">{text('stations.pareto.cumulative', { value: percent(cumulative) })}</span>
          </li>
        ))}
      </ol>
      {all.length > shownCodes ? <p class="dim">{text('stations.pareto.more', { n: all.length - shownCodes })}</p> : null}
    </section>
  )
}
