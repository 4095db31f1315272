// What the page says of itself, below the views and above nothing that moves: the server is lost, its clock is another one, what an action has done.

import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { clockDifference, isLost, link } from '../api/live.ts'
import { caller, isUnanswered } from '../api/session.ts'
import { announce } from '../parts/announce.ts'
import { Toasts } from '../parts/toast.tsx'
import { dateTime, duration, text } from '../text/text.ts'
import './notices.css'

const Banner = ({ children }: { readonly children: ComponentChildren }) => <div class="banner">{children}</div>

const Lost = () => {
  const lost = isLost.value
  const wasLost = useRef(false)
  useEffect(() => {
    if (lost) announce(text('lost.title'), true)
    else if (wasLost.current) announce(text('lost.back'), true)
    wasLost.current = lost
  }, [lost])
  return lost ? (
    <Banner>
      <strong>{text('lost.title')}</strong> {text('lost.since', { time: dateTime(link.value.since) })}
    </Banner>
  ) : null
}

const OtherClock = () => {
  const difference = clockDifference.value
  const time = duration(Math.abs(difference) / 1000)
  const said = difference === 0 ? null : text(difference > 0 ? 'clock.ahead' : 'clock.behind', { time })
  const isOther = said !== null
  useEffect(() => {
    if (said !== null) announce(said)
  }, [isOther])
  return said === null ? null : <Banner>{said}</Banner>
}

/** Until it is known who is signed in. */
const Unanswered = () => {
  useEffect(() => announce(text('lost.title'), true), [])
  return <Banner>{text('lost.title')}</Banner>
}

const OfServer = () => {
  if (caller.value === undefined) return isUnanswered.value ? <Unanswered /> : null
  if (caller.value === null) return null
  return (
    <>
      <Lost />
      <OtherClock />
    </>
  )
}

export const Notices = () => (
  <div class="notices">
    <Toasts />
    <OfServer />
  </div>
)
