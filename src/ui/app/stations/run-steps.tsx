// The steps of a run in their order, with how long each took: those that have ended, the one that goes on, those that are still to come.

import { now } from '../../api/live.ts'
import type { Run, RunStep } from '../../api/records.d.ts'
import { Mark, type MarkKind } from '../../parts/mark.tsx'
import { dateTime, text, withOwnTimes } from '../../text/text.ts'
import { RunMeasurements } from './run-measurements.tsx'
import { seconds } from './yield-words.ts'

const kinds: Readonly<Record<NonNullable<RunStep['outcome']>, MarkKind>> = {
  passed: 'good',
  failed: 'bad',
  error: 'warn',
  aborted: 'none',
  skipped: 'none',
}

const stepWord = ({ outcome }: RunStep): string => (outcome === null ? text('stations.step.going') : text(`stations.step.ended.${outcome}`))

/** By now for the one that goes on. */
const Took = ({ step: { startedAt, endedAt } }: { readonly step: RunStep }) => {
  const end = endedAt === null ? now.value : Date.parse(endedAt)
  return (
    <time class="number" dateTime={startedAt} title={dateTime(Date.parse(startedAt))}>
      {seconds(Math.max(0, end - Date.parse(startedAt)) / 1000)}
    </time>
  )
}

const Step = ({ step }: { readonly step: RunStep }) => (
  <li class="run-step">
    <strong>{text(`stations.step.${step.name}`)}</strong>
    <Mark kind={step.outcome === null ? 'busy' : kinds[step.outcome]}>{stepWord(step)}</Mark>
    <Took step={step} />
    {step.text === null ? null : (
      <p class="step-said">
        {withOwnTimes(step.text)} {step.code === null ? null : <span class="small dim">{step.code}</span>}
      </p>
    )}
    {step.measurements.length === 0 ? null : (
      <div class="step-measured">
        <RunMeasurements measurements={step.measurements} />
      </div>
    )}
  </li>
)

const order = ['bind', 'connect', 'identify', 'update', 'restart'] as const

/** What an open run has before it at least. */
const toCome = ({ state, steps }: Run) => (state === 'ended' ? [] : order.filter((name) => !steps.some((step) => step.name === name)))

export const RunSteps = ({ run }: { readonly run: Run }) => (
  <section class="sheet stack" aria-labelledby="steps-head">
    <h2 id="steps-head">{text('stations.steps')}</h2>
    <ol class="plain-list run-steps">
      {run.steps.map((step, at) => (
        <Step key={`${at} ${step.name}`} step={step} />
      ))}
      {toCome(run).map((name) => (
        <li key={name} class="run-step dim">
          <span>{text(`stations.step.${name}`)}</span>
          <span>{text('stations.step.toCome')}</span>
        </li>
      ))}
    </ol>
  </section>
)
