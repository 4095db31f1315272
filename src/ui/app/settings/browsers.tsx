// A link that signs in another browser, such as that of a phone or of a screen on the wall.

import { useState } from 'preact/hooks'
import { request } from '../../api/client.ts'
import type { SignInCode } from '../../api/records.d.ts'
import { caller } from '../../api/session.ts'
import { Action } from '../../parts/action.tsx'
import { announce } from '../../parts/announce.ts'
import { CopyButton, CopyCurl } from '../../parts/copy.tsx'
import { attempt } from '../../parts/toast.tsx'
import { Until } from '../../parts/when.tsx'
import { text } from '../../text/text.ts'
import { Section } from './section.tsx'

export const Browsers = () => {
  const [made, setMade] = useState<SignInCode | null>(null)
  const who = caller.value
  const make = (): Promise<boolean> =>
    attempt(async () => {
      setMade((await request<SignInCode>('/session/code', { method: 'POST' })).body)
      announce(text('settings.browsers.made'))
    })
  const link = made === null ? '' : `${location.origin}/#code=${made.code}`
  return (
    <Section name="browsers">
      <p>{text('settings.browsers.hint', { name: who?.name ?? '', role: who ? text(`role.${who.role}`) : '' })}</p>
      <p class="row">
        <Action needs="viewer" onAct={make}>
          {text(made === null ? 'settings.browsers.act' : 'settings.browsers.again')}
        </Action>
        <CopyCurl needs="viewer" method="POST" path="/session/code" />
      </p>
      {made === null ? null : (
        <div class="once stack">
          <code>{link}</code>
          <p class="row">
            <CopyButton value={link} />
            <span class="dim">
              {text('settings.browsers.ends')} <Until at={made.expiresAt} />
            </span>
          </p>
        </div>
      )}
    </Section>
  )
}
