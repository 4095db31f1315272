// The choice of the language, in the menu and where somebody signs in.

import { startLive } from '../api/live.ts'
import { caller } from '../api/session.ts'
import { chooseLanguage, type Language, language, text } from '../text/text.ts'

/** A choice of few, in a menu. */
export const Choose = <T extends string>(facts: {
  readonly label: string
  readonly value: T
  readonly options: readonly (readonly [T, string])[]
  readonly onChoose: (value: T) => void
}) => (
  <label class="stack">
    <span>{facts.label}</span>
    <select value={facts.value} onChange={(event) => facts.onChoose(event.currentTarget.value as T)}>
      {facts.options.map(([value, name]) => (
        <option key={value} value={value}>
          {name}
        </option>
      ))}
    </select>
  </label>
)

export const LanguageChoice = () => (
  <Choose<Language>
    label={text('menu.language')}
    value={language.value}
    options={[
      ['en', 'English'],
      ['zh', '中文'],
    ]}
    onChoose={(next) => void chooseLanguage(next).then(() => (caller.peek() ? startLive() : undefined))}
  />
)
