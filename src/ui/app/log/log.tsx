// What was done, and what somebody should look after: the audit, refused connections, warnings. Which of them is in the address.

import type { ComponentType } from 'preact'
import { may } from '../../api/session.ts'
import { query } from '../../router.ts'
import { text } from '../../text/text.ts'
import { Audit } from './audit.tsx'
import './log.css'
import { RefusedConnections } from './refused-connections.tsx'
import { Warnings } from './warnings.tsx'

const tabs = ['audit', 'refused', 'warnings'] as const
type Tab = (typeof tabs)[number]

const shown: Readonly<Record<Tab, ComponentType>> = { audit: Audit, refused: RefusedConnections, warnings: Warnings }

/** Who may not read the audit begins with what there is to see. */
const tabOf = (asked: string | null): Tab => tabs.find((tab) => tab === asked) ?? (may('admin') ? 'audit' : 'refused')

export const LogView = () => {
  const current = tabOf(query.value.get('show'))
  const Shown = shown[current]
  return (
    <div class="view log">
      <header>
        <h1 tabIndex={-1}>{text('nav.log')}</h1>
        <nav class="tabs" aria-label={text('log.tabs')}>
          {tabs.map((tab) => (
            <a key={tab} href={`/log?show=${tab}`} {...(tab === current ? { 'aria-current': 'page' } : {})}>
              {text(`log.tab.${tab}`)}
            </a>
          ))}
        </nav>
      </header>
      <Shown key={current} />
    </div>
  )
}
