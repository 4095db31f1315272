// The entry of the page: the language, who is signed in, then the views.

import { render } from 'preact'
import { startSession } from './api/session.ts'
import { App } from './app/app.tsx'
import { startRouter } from './router.ts'
import { startLanguage } from './text/text.ts'
import { startTheme } from './theme.ts'

startTheme()
startRouter()
await startLanguage()
const place = document.getElementById('app')
if (place !== null) render(<App />, place)
await startSession()
