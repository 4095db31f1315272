// The steps of a run: begun, ended, measured. Pure.

import type { Sentence } from '../../sentences/sentence.ts'
import type { Measurement, Run, RunCode, RunOutcome, RunStep, StepName } from '../run-model.ts'

const newStep = (name: StepName, now: number): RunStep => ({
  name,
  outcome: null,
  startedAt: now,
  endedAt: null,
  code: null,
  said: null,
  measurements: [],
})

export const stepOf = ({ steps }: Pick<Run, 'steps'>, name: StepName): RunStep | undefined => steps.findLast((step) => step.name === name)

const changed = (run: Run, name: StepName, change: (step: RunStep) => RunStep): Run => {
  const found = stepOf(run, name)
  return found === undefined ? run : { ...run, steps: run.steps.map((step) => (step === found ? change(step) : step)) }
}

export const begin = (run: Run, name: StepName, now: number): Run => ({ ...run, steps: [...run.steps, newStep(name, now)] })

export const end = (run: Run, name: StepName, outcome: RunOutcome | 'skipped', now: number): Run =>
  changed(run, name, (step) => (step.endedAt === null ? { ...step, outcome, endedAt: now } : step))

export const skip = (run: Run, name: StepName, now: number): Run => end(begin(run, name, now), name, 'skipped', now)

/** It was ended too early. */
export const reopen = (run: Run, name: StepName): Run => changed(run, name, (step) => ({ ...step, outcome: null, endedAt: null }))

export const drop = (run: Run, name: StepName): Run => ({ ...run, steps: run.steps.filter((step) => step.name !== name) })

export const measured = (run: Run, name: StepName, measurements: readonly Measurement[]): Run =>
  changed(run, name, (step) => ({ ...step, measurements }))

/** Ends whatever goes on, with the same words. */
export const endOpen = (
  run: Run,
  verdict: { readonly outcome: RunOutcome; readonly code: RunCode | null; readonly said: Sentence | null },
  now: number,
): Run => ({
  ...run,
  steps: run.steps.map((step) => (step.endedAt === null ? { ...step, ...verdict, endedAt: now } : step)),
})
