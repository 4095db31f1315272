// What the server says that a campaign would do, of what is typed now: asked 300 ms after the last key, an earlier question is given up.

import { useEffect, useState } from 'preact/hooks'
import { isRefusal, request } from '../../api/client.ts'
import { resets } from '../../api/live.ts'
import type { Plan, Problem } from '../../api/records.d.ts'
import type { Values } from '../../parts/draft.ts'
import type { TypedCampaign } from './campaign-form.ts'

export interface DryRun {
  /** Of what was typed last, or of what was typed before while the answer is awaited; null: refused, or not asked yet. */
  readonly plan: Plan | null
  readonly problem: Problem | null
  /** The faults of the page's own in what was asked. */
  readonly own: Values
  readonly isPending: boolean
}

interface State extends DryRun {
  readonly of: string | null
}

const settleMs = 300

/** Called when there is an answer, with the refusal, or null, and the faults of the page's own. */
type Answered = (refusal: unknown, own: Values) => void

const nothing: State = { plan: null, problem: null, own: {}, isPending: false, of: null }

/** `body` null: there is nothing to ask yet. */
export const useDryRun = (body: TypedCampaign | null, own: Values, answered: Answered, delay = settleMs): DryRun => {
  const [state, setState] = useState(nothing)
  const asked = body === null ? null : JSON.stringify({ body, own })
  const reset = resets.value
  useEffect(() => {
    if (asked === null) return
    const giveUp = new AbortController()
    const ask = async (): Promise<void> => {
      try {
        const { body: plan } = await request<Plan>('/campaigns?dryRun=true', {
          method: 'POST',
          body,
          signal: giveUp.signal,
        })
        setState({ plan, problem: null, own, isPending: false, of: asked })
        answered(null, own)
      } catch (thrown) {
        if (giveUp.signal.aborted || !isRefusal(thrown) || thrown.problem === null) return
        setState({ plan: null, problem: thrown.problem, own, isPending: false, of: asked })
        answered(thrown, own)
      }
    }
    const timer = setTimeout(() => void ask(), delay)
    return () => {
      clearTimeout(timer)
      giveUp.abort()
    }
  }, [asked, reset])
  return asked === null ? { ...nothing, isPending: state.of !== null } : { ...state, isPending: asked !== state.of }
}
