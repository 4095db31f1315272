// Runs of test stations as the API shows them.

import type { ScanAnswer } from '../station/ports.ts'
import { runJson } from '../station/run-json.ts'
import type { Run } from '../station/run-model.ts'
import type { RunJson, ScannedJson } from './run-schemas.ts'
import { maybeSaidView } from './sentence-views.ts'

export const runView: (run: Run) => RunJson = runJson

export const scannedView = (answer: Exclude<ScanAnswer, { readonly kind: 'run' }>): ScannedJson => ({
  kind: answer.kind,
  ...maybeSaidView(answer.kind === 'command' ? answer.said : null),
  run: answer.run === null ? null : runView(answer.run),
})
