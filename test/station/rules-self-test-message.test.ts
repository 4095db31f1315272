// Self-test messages that say two things: names that come twice, and values beside the others.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isMembers, type JsonNode, parseMembers } from '../../src/ota/rules/json-members.ts'
import { judgeAll } from '../../src/station/rules/limits.ts'
import { readSelfTest } from '../../src/station/rules/self-test-message.ts'
import type { Limit } from '../../src/station/station-model.ts'

const limitsOf = (...names: readonly string[]) => names.map((name): Limit => ({ name, unit: 'V', low: 3.1, high: 3.5, equals: null }))

/** What the procedure makes of a message, with limits of 3.1 to 3.5. */
const judged = (text: string, names: readonly string[] = ['Vbat']) => {
  const limits = limitsOf(...names)
  const read = readSelfTest(new TextEncoder().encode(text), limits)
  if (!read.ok) return read.fault.code
  const { failed, missing } = judgeAll({ limits, requireAll: true }, read.measurements)
  return failed === null ? missing.length === 0 : failed.value
}

it.each([
  ['{"Vbat":2.0,"Vbat":3.3}', 2],
  ['{"Vbat":3.3,"Vbat":2.0}', 2],
  ['{"Vbat":2.0,"V\\u0062at":3.3}', 2],
  ['{"params":{"Vbat":{"value":2.0},"Vbat":{"value":3.3}}}', 2],
  ['{"Vbat":3.2,"Vbat":3.3}', true],
  ['{"Vbat":null,"Vbat":3.3}', '"Vbat":null'],
  ['{"Vbat":3.3,"Vbat":[3.3]}', '"Vbat":[…]'],
  ['{"Vbat":{"value":2.0,"value":3.3}}', '"value":2,"value":3.3'],
  ['{"Vbat":{"value":3.3,"\\u0076alue":3.3}}', '"value":3.3,"value":3.3'],
  ['{"Vbat":{"value":3.3,"unit":"mV","unit":"V"}}', '"value":3.3,"unit":"mV","unit":"V"'],
  ['{"measurements":[{"name":"Vbat","value":9,"value":3.3}]}', '"value":9,"value":3.3'],
  ['{"measurements":[{"name":"Vbat","name":"Vcc","value":3.3}]}', 'selftest_measurement_form'],
  ['{"measurements":[{"name":"Vbat","value":2}],"measurements":[{"name":"Vbat","value":3.3}]}', 'selftest_name_twice'],
  ['{"params":{"Vbat":2},"params":{"Vbat":3.3}}', 'selftest_name_twice'],
  ['{"Vbat":{"value":3.3,"at":1,"at":2},"x":{"y":{"value":1,"value":2}},"q\\"]}":"\\\\"}', true],
])('of names that are in %s twice none is dropped', (text, wanted) => {
  expect(judged(text)).toBe(wanted)
})

it.each([
  ['{"params":{"Vbat":3.3},"Vbat":1}', 1],
  ['{"Vbat":1,"params":{"Vbat":3.3}}', 1],
  ['{"params":{"Vbat":3.3},"Vbat":null}', '"Vbat":null'],
  ['{"params":{"led":true},"Vbat":3.3}', true],
  ['{"measurements":[{"name":"Vbat","value":3.3}],"params":{"Vbat":1}}', 1],
  ['{"measurements":[{"name":"Vbat","value":3.3}],"Vbat":1}', 1],
  ['{"id":1,"version":"1.0","params":{"Vbat":3.3,"version":3.3}}', true],
])('a value beside the others in %s counts, where it has the name of a limit', (text, wanted) => {
  expect(judged(text, text.includes('version') ? ['Vbat', 'version'] : ['Vbat'])).toBe(wanted)
})

it('any JSON is read as JSON.parse reads it, apart from repeated names', () => {
  const plain = (node: JsonNode): unknown => {
    if (isMembers(node)) return Object.fromEntries(node.members.map(([name, value]) => [name, plain(value)]))
    return Array.isArray(node) ? node.map(plain) : node
  }
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(0, 1), (text, indent) => {
      const value: unknown = JSON.parse(text)
      expect(plain(parseMembers(JSON.stringify(value, null, indent)))).toEqual(value)
    }),
  )
})
