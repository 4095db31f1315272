// What the server says that a campaign would do, of what is typed now: asked 300 ms after the last key, an earlier question is given up.

import { useEffect, useState } from 'preact/hooks'
import { isRefusal, request } from '../../api/client.ts'
import { resets } from '../../api/live.ts'
import type { Plan, Problem } from '../../api/records.d.ts'
import type { TypedCampaign } from './campaign-form.ts'

export interface DryRun {
  /** Of what was typed last, or of what was typed before while the answer is awaited; null: refused, or not asked yet. */
  readonly plan: Plan | null
  readonly problem: Problem | null
  readonly isPending: boolean
}

const settleMs = 300

/** `body` null: there is nothing to ask yet. `answered`: with the refusal, or null; is called when there is an answer. */
export const useDryRun = (body: TypedCampaign | null, answered: (refusal: unknown) => void, delay = settleMs): DryRun => {
  const [state, setState] = useState<DryRun & { readonly of: string | null }>({ plan: null, problem: null, isPending: false, of: null })
  const asked = body === null ? null : JSON.stringify(body)
  const reset = resets.value
  useEffect(() => {
    if (asked === null) return
    const own = new AbortController()
    const ask = async (): Promise<void> => {
      try {
        const { body: plan } = await request<Plan>('/campaigns?dryRun=true', {
          method: 'POST',
          body: JSON.parse(asked),
          signal: own.signal,
        })
        setState({ plan, problem: null, isPending: false, of: asked })
        answered(null)
      } catch (thrown) {
        if (own.signal.aborted || !isRefusal(thrown) || thrown.problem === null) return
        setState({ plan: null, problem: thrown.problem, isPending: false, of: asked })
        answered(thrown)
      }
    }
    const timer = setTimeout(() => void ask(), delay)
    return () => {
      clearTimeout(timer)
      own.abort()
    }
  }, [asked, reset])
  return { plan: asked === null ? null : state.plan, problem: asked === null ? null : state.problem, isPending: asked !== state.of }
}
