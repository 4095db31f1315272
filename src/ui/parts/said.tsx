// A sentence of the server, with the commands in it, which it puts between backticks, as code.

import { withOwnTimes } from '../text/text.ts'

/** Every second part is a command; an odd backtick is one of a name. */
const partsOf = (said: string): readonly string[] => {
  const parts = said.split('`')
  return parts.length % 2 === 0 ? [said] : parts
}

const Part = ({ part, isCommand }: { readonly part: string; readonly isCommand: boolean }) =>
  isCommand ? <code>{part}</code> : withOwnTimes(part)

export const Said = ({ said }: { readonly said: string }) => (
  <span>
    {partsOf(said).map((part, at) => (
      <Part key={`${at} ${part}`} part={part} isCommand={at % 2 === 1} />
    ))}
  </span>
)
