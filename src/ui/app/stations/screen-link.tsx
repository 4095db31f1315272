// A link that opens the screen of a station: it holds a token that is made now and shown once.

import { useState } from 'preact/hooks'
import { request } from '../../api/client.ts'
import { newKey } from '../../api/new-key.ts'
import type { StationToken } from '../../api/records.d.ts'
import { Action } from '../../parts/action.tsx'
import { CopyButton, CopyCurl } from '../../parts/copy.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Mark } from '../../parts/mark.tsx'
import { attempt } from '../../parts/toast.tsx'
import { text } from '../../text/text.ts'
import { stationPath } from './stations-addresses.ts'

const Made = ({ made, onClose }: { readonly made: StationToken; readonly onClose: () => void }) => {
  const link = `${location.origin}${made.link}`
  return (
    <>
      <div class="stack made-link">
        <Mark kind="warn">{text('stations.link.once')}</Mark>
        <code>{link}</code>
        <p class="row">
          <CopyButton value={link} />
          <a href={link} target="_blank" rel="noopener">
            {text('stations.link.here')}
          </a>
        </p>
        <p class="dim">{text('stations.link.hint', { name: made.name })}</p>
      </div>
      <div class="row end">
        <button type="button" class="main" onClick={onClose}>
          {text('stations.link.kept')}
        </button>
      </div>
    </>
  )
}

export const ScreenLink = ({ station, onClose }: { readonly station: string; readonly onClose: () => void }) => {
  const [made, setMade] = useState<StationToken | null>(null)
  const [key] = useState(newKey)
  const path = `${stationPath(station)}/token`
  const make = (): Promise<boolean> => attempt(async () => setMade((await request<StationToken>(path, { method: 'POST', key })).body))
  return (
    <Dialog title={text('stations.link.title', { id: station })} onClose={onClose} isHeld={made !== null}>
      {made !== null ? (
        <Made made={made} onClose={onClose} />
      ) : (
        <>
          <p>{text('stations.link.body')}</p>
          <div class="row end">
            <CopyCurl needs="admin" method="POST" path={path} />
            <button type="button" onClick={onClose}>
              {text('action.keep')}
            </button>
            <Action needs="admin" kind="main" onAct={make}>
              {text('stations.link.act')}
            </Action>
          </div>
        </>
      )}
    </Dialog>
  )
}
