// How much the longest tests do: by default enough to find a fault of logic, with FULL=1 (as .ci/run sets it) at the size that they are about.

/** For tests that take long for what they are about, such as measured times: `it.runIf(isFull)`. */
export const isFull = process.env['FULL'] === '1'

/** `all` with FULL=1, else `few`. */
export const full = (all: number, few: number): number => (isFull ? all : few)
