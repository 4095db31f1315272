// How a first station is set up, in three steps: each a form that works, and the same as a command.

import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Procedure, Station } from '../../api/records.d.ts'
import { Mark } from '../../parts/mark.tsx'
import { Opener } from '../../parts/opener.tsx'
import { text } from '../../text/text.ts'
import { ProcedureForm } from './procedure-form.tsx'
import { ReleaseAction } from './procedure-list.tsx'
import { ScreenLink } from './screen-link.tsx'
import { StationForm } from './station-form.tsx'

type StepName = 'procedure' | 'release' | 'station'
type StepState = 'done' | 'next' | 'later'

const Step = ({ name, state, children }: { readonly name: StepName; readonly state: StepState; readonly children: ComponentChildren }) => (
  <li class={`set-up-step ${state}`} {...(state === 'next' ? { 'aria-current': 'step' } : {})}>
    <h3>{text(`stations.setUp.${name}`)}</h3>
    <p class="dim">{text(`stations.setUp.${name}Body`)}</p>
    {state === 'done' ? <Mark kind="good">{text('stations.setUp.done')}</Mark> : <div class="row">{children}</div>}
  </li>
)

export interface SetUpFacts {
  readonly procedures: readonly Procedure[]
  readonly stations: readonly Station[]
  readonly onChanged: () => void
}

export const SetUp = ({ procedures, stations, onChanged }: SetUpFacts) => {
  const [open, setOpen] = useState<'procedure' | 'station' | null>(null)
  const close = (): void => setOpen(null)
  const changed = (): void => {
    close()
    onChanged()
  }
  const isDone = stations.length > 0 && open === null
  // Also where somebody else has added it.
  useEffect(() => {
    if (isDone) onChanged()
  }, [isDone])
  const unreleased = procedures.find(({ releasedAt }) => releasedAt === null)
  const isReleased = procedures.some(({ releasedAt }) => releasedAt !== null)
  const hasProcedure = procedures.length > 0
  const stateOf = (isThere: boolean, isReady: boolean): StepState => (isThere ? 'done' : isReady ? 'next' : 'later')
  return (
    <section class="sheet stack" aria-labelledby="set-up-head">
      <h2 id="set-up-head">{text('stations.setUp.title')}</h2>
      <p class="dim">{text('stations.setUp.body')}</p>
      <ol class="plain-list set-up">
        <Step name="procedure" state={stateOf(hasProcedure, true)}>
          <Opener needs="admin" kind="main" onOpen={() => setOpen('procedure')}>
            {text('stations.procedure.add')}
          </Opener>
        </Step>
        <Step name="release" state={stateOf(isReleased, hasProcedure)}>
          {unreleased === undefined ? null : <ReleaseAction procedure={unreleased} onDone={onChanged} />}
        </Step>
        <Step name="station" state={stateOf(stations.length > 0, isReleased)}>
          {isReleased ? (
            <Opener needs="admin" kind="main" onOpen={() => setOpen('station')}>
              {text('stations.station.add')}
            </Opener>
          ) : null}
        </Step>
      </ol>
      {open === 'procedure' ? <ProcedureForm procedure={null} onDone={changed} onClose={close} /> : null}
      {open === 'station' ? <AddStation onChanged={changed} onClose={close} /> : null}
    </section>
  )
}

/** A station, and then at once the link of its screen. */
export const AddStation = ({ onChanged, onClose }: { readonly onChanged: () => void; readonly onClose: () => void }) => {
  const [added, setAdded] = useState<string | null>(null)
  return added === null ? (
    <StationForm station={null} onDone={setAdded} onClose={onClose} />
  ) : (
    <ScreenLink station={added} onClose={onChanged} />
  )
}
