// A component that is loaded when it is first shown: until then there is nothing in its place.

import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'

/** Until it is tried again to load it, milliseconds. */
const againMs = 2000

/** The component itself once it is there. */
export const later = (load: () => Promise<ComponentType>): ComponentType => {
  let Loaded: ComponentType | undefined
  return () => {
    const [, show] = useState(Loaded)
    useEffect(() => {
      let timer = 0
      const tryIt = (): void =>
        void load().then(
          (Component) => {
            Loaded = Component
            show(() => Component)
          },
          () => {
            timer = window.setTimeout(tryIt, againMs)
          },
        )
      if (Loaded === undefined) tryIt()
      return () => clearTimeout(timer)
    }, [])
    return Loaded === undefined ? null : <Loaded />
  }
}
