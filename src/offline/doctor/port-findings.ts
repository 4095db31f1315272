// Whether a server could listen where its settings say: each port is listened on for a moment. Only where no server of ours runs.

import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { createNameList, doubtful, type Finding, faulty, fine } from '../../finding.ts'
import { listenerAddress } from '../../listener-address.ts'
import { type Sentence, sentence } from '../../sentences/sentence.ts'
import type { Settings } from '../../settings.ts'
import { codeOf, reasonOf } from '../file-faults.ts'
import { isServer, portHolder } from './processes.ts'

export interface ListenPlace {
  /** The setting that says so. */
  readonly path: string
  readonly host: string
  readonly port: number
}

/** Of everything that the server listens on; port 0 is any free one. */
export const placesIn = ({ mqtt, firmware, admin }: Settings): readonly ListenPlace[] =>
  [
    ...mqtt.listeners.flatMap(({ url }, at) => {
      const address = listenerAddress(url)
      return address === undefined ? [] : [{ path: `mqtt.listeners[${at}].url`, host: address.host, port: address.port }]
    }),
    { path: 'firmware.listen', ...firmware.listen },
    { path: 'admin.listen', ...admin.listen },
  ].filter(({ port }) => port > 0)

/** null: it can be listened on; else the system's code. */
const refusal = async ({ host, port }: ListenPlace): Promise<unknown> => {
  const server = createServer()
  try {
    server.listen({ host: host.replace(/^\[(.*)\]$/, '$1'), port, exclusive: true })
    await once(server, 'listening')
    return null
  } catch (cause) {
    return cause
  } finally {
    await new Promise((resolve) => void server.close(resolve))
  }
}

type Holder = Awaited<ReturnType<typeof portHolder>>

const holderSentence = (holder: Holder): Sentence => {
  if (holder === null) return sentence('doctor_holder_unknown')
  return 'account' in holder
    ? sentence('doctor_holder_account', holder)
    : sentence('doctor_holder', { pid: holder.pid, command: holder.command })
}

export const takenFinding = ({ path, port }: ListenPlace, holder: Holder): Finding => {
  const { pid, unit } = holder !== null && 'pid' in holder ? holder : { pid: null, unit: null }
  const said = sentence('doctor_port_taken', { path, port, holder: holderSentence(holder) })
  const remedy = holder !== null && 'command' in holder && isServer(holder.command) ? 'doctor_try_port_server' : 'doctor_try_port'
  return faulty('ports', said, sentence(remedy, { path, unit, pid }))
}

const placeFault = async (place: ListenPlace): Promise<Finding | null> => {
  const { path, host, port } = place
  const cause = await refusal(place)
  if (cause === null) return null
  const code = codeOf(cause)
  if (code === 'EADDRINUSE') return takenFinding(place, await portHolder(port))
  if (code === 'EACCES')
    return faulty('ports', sentence('doctor_port_privileged', { path, port }), sentence('doctor_try_privilege', { path }))
  if (code === 'EAFNOSUPPORT' && host === '::') return await placeFault({ ...place, host: '0.0.0.0' })
  if (code === 'EADDRNOTAVAIL' && host === '::') return await placeFault({ ...place, host: '0.0.0.0' })
  return faulty(
    'ports',
    sentence('doctor_port_refused', { path, host, port, why: reasonOf(cause) }),
    sentence('doctor_try_address', { path }),
  )
}

/** Below this a port needs a privilege, which the superuser has and the service's account has not. */
const firstFree = async (): Promise<number> => {
  const text = await readFile('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8').catch(() => '1024')
  return Number(text)
}

/** `ownerUid`: the account of the service, where the command runs as another. */
export const portFindings = async (places: readonly ListenPlace[], ownerUid: number | null): Promise<readonly Finding[]> => {
  const found: Finding[] = []
  const free = createNameList()
  const bound = await firstFree()
  for (const place of places) {
    const fault = await placeFault(place)
    if (fault !== null) found.push(fault)
    else if (ownerUid !== null && ownerUid !== 0 && place.port < bound)
      found.push(
        doubtful(
          'ports',
          sentence('doctor_port_needs_privilege', { path: place.path, port: place.port }),
          sentence('doctor_try_privilege', { path: place.path }),
        ),
      )
    else free.add(String(place.port))
  }
  return free.count === 0 ? found : [...found, fine('ports', sentence('doctor_ports_free', free.params()))]
}
