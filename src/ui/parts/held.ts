// What is under the pointer or has the focus does not move: newer data waits until both are elsewhere.

import { useRef, useState } from 'preact/hooks'

export interface Held<T> {
  readonly value: T
  /** Whether newer data waits. */
  readonly isHeld: boolean
  /** For the element around what is shown. */
  readonly handlers: {
    onPointerEnter(): void
    onPointerLeave(): void
    onFocusIn(): void
    onFocusOut(event: FocusEvent): void
  }
}

/** `id`: of another one nothing is held back. */
export const useHeld = <T>(latest: T, id = ''): Held<T> => {
  const [pointer, setPointer] = useState(false)
  const [focus, setFocus] = useState(false)
  const shown = useRef({ id, value: latest })
  const isHolding = (pointer || focus) && shown.current.id === id
  if (!isHolding) shown.current = { id, value: latest }
  return {
    value: shown.current.value,
    isHeld: shown.current.value !== latest,
    handlers: {
      onPointerEnter: () => setPointer(true),
      onPointerLeave: () => setPointer(false),
      onFocusIn: () => setFocus(true),
      onFocusOut(event) {
        const around = event.currentTarget
        if (!(around instanceof Node && event.relatedTarget instanceof Node && around.contains(event.relatedTarget))) setFocus(false)
      },
    },
  }
}
