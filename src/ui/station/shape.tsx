// The shape of a state, beside its word: who sees no colours still sees which one it is.

import type { Tone } from './slot-face.ts'

/** `gone`: there is no server. */
type ShapeName = Tone | 'gone'

/** Drawn as a line of that width; 0: filled. */
const shapes: Readonly<Record<ShapeName, readonly [path: string, width: number]>> = {
  pass: ['M3.500 13 9.500 19 20.500 6', 5],
  fail: ['M5 5 19 19M19 5 5 19', 5],
  warn: ['M12 1 24 22.500H0ZM10.500 8.500v7.500h3V8.500Zm0 9.200v2.800h3v-2.800Z', 0],
  busy: ['M2 10h4.500v4.500H2ZM9.800 10h4.500v4.500H9.800ZM17.500 10H22v4.500h-4.500Z', 0],
  idle: ['M2 4h2v16H2ZM6 4h1v16H6ZM9 4h3v16H9ZM14 4h1v16h-1ZM17 4h2v16h-2ZM21 4h1v16h-1Z', 0],
  reference: ['M12 1 23 12 12 23 1 12ZM12 4.500 4.500 12l7.500 7.500L19.500 12ZM7.500 12 9 10.500l2 2 4-4 1.500 1.500L11 15.500Z', 0],
  gone: ['M4.500 4.500 19.500 19.500M12 2.500a9.500 9.500 0 1 0 0 19 9.500 9.500 0 1 0 0-19Z', 3],
}

export const Shape = ({ tone }: { readonly tone: ShapeName }) => {
  const [path, width] = shapes[tone]
  return (
    <svg class="shape" viewBox="0 0 24 24" aria-hidden="true">
      <path
        d={path}
        fill={width === 0 ? 'currentColor' : 'none'}
        fill-rule="evenodd"
        stroke={width === 0 ? 'none' : 'currentColor'}
        stroke-width={width}
        stroke-linecap="square"
      />
    </svg>
  )
}
