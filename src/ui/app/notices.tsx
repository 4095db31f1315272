// What the page says of itself, below the views and above nothing that moves: the server is lost, its clock is another one, what an action has done.

import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { clockDifference, isLost, link } from '../api/live.ts'
import { caller, isUnanswered } from '../api/session.ts'
import { announce } from '../parts/announce.ts'
import { Toasts } from '../parts/toast.tsx'
import { dateTime, duration, text } from '../text/text.ts'
import './notices.css'

interface BannerFacts {
  /** What screen readers say. */
  readonly said: string
  /** The same when it is gone. */
  readonly after?: string
  /** What is shown; left out: what is said. */
  readonly children?: ComponentChildren
}

const Banner = ({ said, after, children = said }: BannerFacts) => {
  useEffect(() => {
    announce(said, true)
    return () => after && announce(after, true)
  }, [])
  return <div class="banner">{children}</div>
}

const Lost = () =>
  isLost.value ? (
    <Banner said={text('lost.title')} after={text('lost.back')}>
      <strong>{text('lost.title')}</strong> {text('lost.since', { time: dateTime(link.value.since) })}
    </Banner>
  ) : null

const OtherClock = () => {
  const difference = clockDifference.value
  const time = duration(Math.abs(difference) / 1000)
  return difference === 0 ? null : <Banner said={text(difference > 0 ? 'clock.ahead' : 'clock.behind', { time })} />
}

const OfServer = () => {
  // Until it is known who is signed in.
  if (caller.value === undefined) return isUnanswered.value ? <Banner said={text('lost.title')} /> : null
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
