// What to do while no device is known: where devices connect to, and how to start simulated ones.

import { useFetched } from '../api/fetched.ts'
import type { Listener } from '../api/records.d.ts'
import { text } from '../text/text.ts'
import { CopyButton } from './copy.tsx'
import { simulateCommand } from './terminal-command.ts'

/** A listener on every address is reached by the one that this page was. */
const addressOf = ({ scheme, host, port }: Listener): string => {
  const isEvery = host === '::' || host === '0.0.0.0'
  const name = isEvery ? location.hostname : host.includes(':') ? `[${host}]` : host
  return `${scheme}://${name}:${port}`
}

export const FirstDevices = () => {
  const { data } = useFetched<{ readonly items: readonly Listener[] }>('/listeners')
  const addresses = (data?.items ?? []).filter(({ service }) => service === 'mqtt').map(addressOf)
  const simulate = simulateCommand(addresses[0])
  return (
    <section class="sheet stack">
      <h2>{text('empty.title')}</h2>
      <p>{text('empty.connect')}</p>
      <ul class="plain-list stack">
        {addresses.map((address) => (
          <li key={address} class="row">
            <code>{address}</code> <CopyButton value={address} />
          </li>
        ))}
      </ul>
      <p>{text('empty.simulate')}</p>
      <p class="row">
        <code>{simulate}</code> <CopyButton value={simulate} />
      </p>
      <p class="small dim">{text('command.clone')}</p>
    </section>
  )
}
