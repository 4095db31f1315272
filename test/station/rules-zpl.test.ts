// Labels for printers: fields get their values, and no value becomes a command.

import { expect, it } from 'vitest'
import { fillLabel, unknownFields } from '../../src/station/rules/zpl.ts'

const template = '^XA^FO50,50^BQN,2,6^FDQA,{serial}^FS^FO50,250^FD{product} {version}^FS^XZ'

it('fields get their values, empty where there is none', () => {
  expect(fillLabel(template, { serial: 'SN-1', product: 'lamp' })).toBe('^XA^FO50,50^BQN,2,6^FDQA,SN-1^FS^FO50,250^FDlamp ^FS^XZ')
  expect(fillLabel('{slot}{slot}{operator}', { slot: 2, operator: null })).toBe('22')
})

it('a value has no commands and no control characters', () => {
  expect(fillLabel('^FD{serial}^FS', { serial: 'SN^FS^XA~JA\r\n\0-1' })).toBe('^FDSNFSXAJA-1^FS')
})

it('a value that looks like a field is none', () => {
  expect(fillLabel('{serial}', { serial: '{secret}$&', secret: 'x' })).toBe('{secret}$&')
})

it('what is no field stays as it is, and is named', () => {
  expect(fillLabel('{serial}{colour}{1}', { serial: 'a' })).toBe('a{colour}{1}')
  expect(unknownFields('{serial}{colour}{colour}{constructor}{1}')).toEqual(['colour', 'constructor'])
})
