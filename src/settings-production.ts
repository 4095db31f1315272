// The settings of test stations and of the production system beside them: part of the schema of settings.ts. Knows no check.

import { Type } from 'typebox'
import { choice, count, nullable, secret, section, strict, text } from './settings-words.ts'

export const station = Type.Object(
  {
    shifts: Type.Array(Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$', description: 'A time of day, `HH:MM`.' }), {
      default: [],
      description: 'When the shifts of test stations begin, ascending; empty: a shift is a day.',
    }),
    timeZone: nullable(text('The time zone of `station.shifts`, such as `Asia/Shanghai`; null: that of the machine.')),
    factoryNames: Type.Array(text('A device name.'), {
      default: [],
      description: 'Names that boards have before they get their own: test stations refuse them.',
    }),
  },
  section,
)

const httpUrl = Type.String({ pattern: '^https?://', description: 'An `http://` or `https://` URL.' })

export const mes = Type.Object(
  {
    validate: nullable(
      Type.Object(
        {
          url: httpUrl,
          timeoutMs: count(2_000, 'How long an answer may take, milliseconds.', 1),
          onUnreachable: choice(['allow', 'refuse'], 'allow', 'What happens if there is no answer: the test begins, or it is refused.'),
        },
        { ...strict, description: 'The production system that is asked before a test begins; null: none.' },
      ),
    ),
    webhook: nullable(
      Type.Object(
        { url: httpUrl, secret: secret(Type.String({ minLength: 16 }), 'Signs what is sent; at least 16 characters.') },
        { ...strict, description: 'The production system that is sent the result of each test; null: none.' },
      ),
    ),
  },
  section,
)
