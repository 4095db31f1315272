// What can be wrong with the self-test of a procedure. Pure.

import { type Fault, faultAt } from '../../errors.ts'
import { type Sentence, sentence } from '../../sentences/sentence.ts'
import type { Limit, SelfTest } from '../station-model.ts'
import { choiceFaults, lengthFaults, textFaults, twiceFaults } from './input-faults.ts'
import { mostMeasurements } from './self-test-message.ts'

const isNumber = (value: number | null): boolean => value === null || Number.isFinite(value)

const boundsFault = ({ low, high, equals }: Limit): Sentence | null => {
  const hasBounds = low !== null || high !== null
  if (!hasBounds && equals === null) return sentence('limit_without_bound')
  if (hasBounds && equals !== null) return sentence('limit_equals_alone')
  if (!isNumber(low) || !isNumber(high) || (typeof equals === 'number' && !isNumber(equals)))
    return sentence('field_type', { type: 'number' })
  return low !== null && high !== null && low > high ? sentence('limit_low_above_high', { low, high }) : null
}

const limitFaults = (limit: Limit, path: string): readonly Fault[] => {
  const fault = boundsFault(limit)
  return [
    ...textFaults(`${path}.name`, limit.name, 1, 128),
    ...(limit.unit === null ? [] : textFaults(`${path}.unit`, limit.unit, 1, 32)),
    ...(typeof limit.equals === 'string' ? textFaults(`${path}.equals`, limit.equals, 0, 1024) : []),
    ...(fault === null ? [] : [faultAt(path, fault)]),
  ]
}

export const selfTestFaults = ({ source, topic, limits }: SelfTest): readonly Fault[] => [
  ...choiceFaults('selfTest.source', source, ['device', 'jig']),
  ...choiceFaults('selfTest.topic', topic, ['event/selftest', 'property']),
  ...lengthFaults('selfTest.limits', limits, mostMeasurements),
  ...limits.slice(0, mostMeasurements).flatMap((limit, index) => limitFaults(limit, `selfTest.limits[${index}]`)),
  ...twiceFaults(
    (index) => `selfTest.limits[${index}].name`,
    limits.slice(0, mostMeasurements).map(({ name }) => name),
  ),
]
