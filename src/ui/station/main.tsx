// The entry of a station's screen: its token and its words, then the screen.

import { render } from 'preact'
import './station.css'
import { createFieldRef } from './scanner.tsx'
import { nameOf, Screen } from './screen.tsx'
import { startStationScreen } from './station-screen.ts'
import { onNewToken, readIdentity } from './station-token.ts'
import { browserLanguage, loadWords, tags } from './words.ts'

const identity = readIdentity()
const { station } = identity
const first = browserLanguage()
onNewToken(() => location.reload())

/** Until they are there the document says that it is connecting. */
const words = (): Promise<void> => loadWords().catch(() => new Promise<void>((resolve) => setTimeout(resolve, 1000)).then(words))
await words()

const screen = startStationScreen(identity, first)
const field = createFieldRef(screen)
const { acknowledge } = screen
const place = document.getElementById('app')
const draw = (): void => {
  const state = screen.state()
  const language = state.view?.language ?? first
  document.title = nameOf({ state, station, language })
  document.documentElement.lang = tags[language]
  if (place !== null) render(<Screen state={state} station={station} language={language} acknowledge={acknowledge} field={field} />, place)
}
place?.replaceChildren()
draw()
screen.watch(draw)
addEventListener('blur', () => screen.focus(document.hasFocus()))
addEventListener('focus', () => screen.focus(true))
// A long press with a glove opens no menu.
addEventListener('contextmenu', (event) => event.preventDefault())
