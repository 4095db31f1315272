// The raw messages of a device as they pass, once they are asked for. They wait while somebody points at them.

import { useState } from 'preact/hooks'
import { type LiveEvent, useDeviceEvents, useEvents } from '../../api/live.ts'
import { withheld } from '../../parts/action.tsx'
import { useHeld } from '../../parts/held.ts'
import { dateTime, text } from '../../text/text.ts'
import { type MessageLog, mostMessages, noMessages, type ShownMessage, withMessages } from './message-log.ts'

const timeOf = (at: string): string => at.slice(11, 23)

const Line = ({ message: { at, direction, text: said } }: { readonly message: ShownMessage }) => (
  <li class={`message ${direction}`}>
    <span class="small dim">
      <time dateTime={at} title={dateTime(Date.parse(at))}>
        {timeOf(at)}
      </time>{' '}
      {text(`devices.messages.${direction}`)}
    </span>
    <code>
      <bdi>{said}</bdi>
    </code>
  </li>
)

/** Listens as long as it is shown. */
const Listening = ({
  device,
  onMessages,
}: {
  readonly device: string
  readonly onMessages: (change: (log: MessageLog) => MessageLog) => void
}) => {
  useDeviceEvents([device], true)
  const [listener] = useState(() => (events: readonly LiveEvent[]) => onMessages((log) => withMessages(log, events, device)))
  useEvents(listener)
  return null
}

export const DeviceMessages = ({ device }: { readonly device: string }) => {
  const [isOn, setOn] = useState(false)
  const [log, setLog] = useState(noMessages)
  const { value, isHeld, handlers } = useHeld(log)
  const why = withheld('operator')
  return (
    <section class="sheet stack messages">
      <header class="row">
        <h2>{text('devices.messages.title')}</h2>
        <button type="button" disabled={why !== undefined && !isOn} title={why} aria-pressed={isOn} onClick={() => setOn(!isOn)}>
          {text(isOn ? 'devices.messages.stop' : 'devices.messages.start')}
        </button>
        {log.count === 0 ? null : (
          <button type="button" class="plain" onClick={() => setLog(noMessages)}>
            {text('devices.messages.clear')}
          </button>
        )}
        {isHeld ? <span class="dim">{text('devices.messages.waiting', { n: log.count - value.count })}</span> : null}
      </header>
      {isOn ? <Listening device={device} onMessages={setLog} /> : null}
      <p class="dim">
        {isOn || log.count > 0 ? text('devices.messages.count', { n: log.count, most: mostMessages }) : text('devices.messages.hint')}
        {log.dropped === 0 ? '' : ` ${text('devices.messages.dropped', { n: log.dropped })}`}
      </p>
      {value.messages.length === 0 ? null : (
        <ol class="plain-list" {...handlers}>
          {value.messages.map((message) => (
            <Line key={message.id} message={message} />
          ))}
        </ol>
      )}
    </section>
  )
}
