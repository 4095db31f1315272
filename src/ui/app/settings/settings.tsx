// The server: how it is, how it is set, who may use it. Its sections are anchors in the address.

import { text } from '../../text/text.ts'
import { Browsers } from './browsers.tsx'
import { Certificates } from './certificates.tsx'
import { EffectiveSettings } from './effective-settings.tsx'
import { People } from './people.tsx'
import { sectionNames, useAnchor } from './section.tsx'
import { ServerFactsSection } from './server-facts.tsx'
import './settings.css'
import { Tokens } from './tokens.tsx'
import { Webhooks } from './webhooks.tsx'

const Index = () => (
  <nav class="index" aria-label={text('settings.index')}>
    {sectionNames.map((name) => (
      <a key={name} href={`#${name}`}>
        {text(`settings.section.${name}`)}
      </a>
    ))}
  </nav>
)

export const SettingsView = () => {
  useAnchor()
  return (
    <div class="view settings">
      <h1 tabIndex={-1}>{text('nav.settings')}</h1>
      <div class="columns">
        <Index />
        <div class="stack sections">
          <ServerFactsSection />
          <Certificates />
          <People />
          <Tokens />
          <Webhooks />
          <Browsers />
          <EffectiveSettings />
        </div>
      </div>
    </div>
  )
}
