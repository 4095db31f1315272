// From an input to a revision of a procedure: defaults, and each fault with its path. Pure.

import { type Fault, faultAt, OtaError } from '../../errors.ts'
import type { Firmware } from '../../ota/model.ts'
import { nameFault } from '../../ota/names.ts'
import { sentence } from '../../sentences/sentence.ts'
import type { ProcedureInput } from '../ports.ts'
import { bindings, type Label, type Limit, type Procedure, type Reference, type SelfTest, type StepSeconds } from '../station-model.ts'
import { choiceFaults, idFaults, lengthFaults, textFaults, twiceFaults, wholeFaults } from './input-faults.ts'
import { selfTestFaults } from './limit-faults.ts'
import { patternFault } from './pattern.ts'
import { labelFields, unknownFields } from './zpl.ts'

export interface NewRevision {
  readonly id: string
  readonly rev: number
  readonly createdAt: number
  readonly createdBy: string
  readonly firmware: (id: number) => Pick<Firmware, 'product' | 'module' | 'version' | 'sha256'> | undefined
}

const mostModules = 16
const mostRequired = 32
const mostReferences = 100
const longestStep = 86_400
const longestTemplate = 16_384

// ---------------------------------------------------------------- defaults

/** A limit as an input may have it: what is null in it may be missing. */
const limitOf = (limit: Partial<Limit> & Pick<Limit, 'name'>): Limit => ({
  name: limit.name,
  unit: limit.unit ?? null,
  low: limit.low ?? null,
  high: limit.high ?? null,
  equals: limit.equals ?? null,
})

const selfTestOf = ({ selfTest }: ProcedureInput): SelfTest | null =>
  selfTest === undefined || selfTest === null
    ? null
    : {
        source: selfTest.source,
        topic: selfTest.topic ?? 'event/selftest',
        limits: (selfTest.limits ?? []).map(limitOf),
        requireAll: selfTest.requireAll ?? true,
      }

const withDefaults = (input: ProcedureInput, { id, rev, createdAt, createdBy, firmware }: NewRevision): Procedure => ({
  id,
  rev,
  product: input.product,
  process: input.process,
  bind: input.bind ?? 'name',
  pattern: input.serial?.pattern ?? null,
  firmware: (input.firmware ?? []).map((wanted) => {
    const { version = '', sha256 = '' } = firmware(wanted.firmware) ?? {}
    return { module: wanted.module, firmware: wanted.firmware, version, sha256 }
  }),
  reflash: input.reflash ?? 'never',
  requires: input.requires ?? [],
  steps: {
    connectSeconds: input.steps?.connectSeconds ?? 90,
    updateSeconds: input.steps?.updateSeconds ?? 600,
    restartSeconds: input.steps?.restartSeconds ?? 120,
    selfTestSeconds: input.steps?.selfTestSeconds ?? 120,
  },
  selfTest: selfTestOf(input),
  retest: { max: input.retest?.max ?? 2, reasonNeeded: input.retest?.reasonNeeded ?? false },
  reference: input.reference ?? null,
  label: input.label ?? null,
  createdAt,
  createdBy,
  releasedAt: null,
  releasedBy: null,
  campaigns: [],
})

// ---------------------------------------------------------------- faults

const productFaults = (product: string): readonly Fault[] => {
  const fault = nameFault(product, 'x')
  return fault === null ? [] : [faultAt('product', fault)]
}

const patternFaults = (pattern: string | null): readonly Fault[] => {
  const fault = pattern === null ? null : patternFault(pattern)
  return fault === null ? [] : [faultAt('serial.pattern', fault)]
}

const firmwareFaults = ({ product, firmware }: Procedure, find: NewRevision['firmware']): readonly Fault[] => [
  ...lengthFaults('firmware', firmware, mostModules),
  ...firmware.slice(0, mostModules).flatMap(({ module, firmware: number }, index) => {
    const [path, id] = [`firmware[${index}]`, String(number)]
    const found = find(number)
    if (found === undefined) return [faultAt(`${path}.firmware`, sentence('procedure_firmware_unknown', { id }))]
    if (found.product !== product)
      return [faultAt(`${path}.firmware`, sentence('procedure_firmware_of_other_product', { id, product: found.product }))]
    return found.module === module
      ? []
      : [faultAt(`${path}.module`, sentence('procedure_firmware_of_other_module', { id, module: found.module }))]
  }),
  ...twiceFaults(
    (index) => `firmware[${index}].module`,
    firmware.slice(0, mostModules).map(({ module }) => module),
  ),
]

const requiresFaults = ({ process, requires }: Procedure): readonly Fault[] => [
  ...lengthFaults('requires', requires, mostRequired),
  ...requires
    .slice(0, mostRequired)
    .flatMap((each, index) =>
      each === process
        ? [faultAt(`requires[${index}]`, sentence('procedure_requires_itself', { process }))]
        : idFaults(`requires[${index}]`, each),
    ),
  ...twiceFaults((index) => `requires[${index}]`, requires.slice(0, mostRequired)),
]

const stepFaults = (steps: StepSeconds): readonly Fault[] =>
  (['connectSeconds', 'updateSeconds', 'restartSeconds', 'selfTestSeconds'] as const).flatMap((name) =>
    wholeFaults(`steps.${name}`, steps[name], 1, longestStep),
  )

const referenceFaults = ({ everySeconds, golden, bad }: Reference): readonly Fault[] => [
  ...wholeFaults('reference.everySeconds', everySeconds, 60, 31 * 86_400),
  ...(golden.length + bad.length === 0 ? [faultAt('reference', sentence('procedure_reference_empty'))] : []),
  ...Object.entries({ golden, bad }).flatMap(([name, serials]) => [
    ...lengthFaults(`reference.${name}`, serials, mostReferences),
    ...serials.slice(0, mostReferences).flatMap((serial, index) => textFaults(`reference.${name}[${index}]`, serial, 1, 256)),
    ...twiceFaults((index) => `reference.${name}[${index}]`, serials.slice(0, mostReferences)),
  ]),
  ...bad
    .slice(0, mostReferences)
    .flatMap((serial, index) =>
      golden.includes(serial) ? [faultAt(`reference.bad[${index}]`, sentence('procedure_reference_both', { serial }))] : [],
    ),
]

const printerForm = /^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):(\d{1,5})$/

const isPrinter = (printer: string): boolean => {
  const port = Number(printerForm.exec(printer)?.[1] ?? 0)
  return port >= 1 && port <= 65_535
}

const labelFaults = ({ template, printer }: Label): readonly Fault[] => [
  ...(template.length >= 1 && template.length <= longestTemplate
    ? []
    : [faultAt('label.template', sentence('field_length', { least: 1, most: longestTemplate }))]),
  ...unknownFields(template.slice(0, longestTemplate)).map((field) =>
    faultAt('label.template', sentence('procedure_label_field_unknown', { field, known: labelFields })),
  ),
  ...(isPrinter(printer) ? [] : [faultAt('label.printer', sentence('procedure_printer_form'))]),
]

const faultsOf = (procedure: Procedure, { firmware }: NewRevision): readonly Fault[] => [
  ...idFaults('id', procedure.id),
  ...productFaults(procedure.product),
  ...idFaults('process', procedure.process),
  ...choiceFaults('bind', procedure.bind, bindings),
  ...patternFaults(procedure.pattern),
  ...firmwareFaults(procedure, firmware),
  ...choiceFaults('reflash', procedure.reflash, ['never', 'always']),
  ...requiresFaults(procedure),
  ...stepFaults(procedure.steps),
  ...(procedure.selfTest === null ? [] : selfTestFaults(procedure.selfTest)),
  ...wholeFaults('retest.max', procedure.retest.max, 0, 1000),
  ...(procedure.reference === null ? [] : referenceFaults(procedure.reference)),
  ...(procedure.label === null ? [] : labelFaults(procedure.label)),
]

/** Throws OTA_BAD_REQUEST with all faults. */
export const newProcedure = (input: ProcedureInput, revision: NewRevision): Procedure => {
  const procedure = withDefaults(input, revision)
  const faults = faultsOf(procedure, revision)
  if (faults.length > 0) throw new OtaError('OTA_BAD_REQUEST', sentence('procedure_invalid'), { faults })
  return procedure
}
