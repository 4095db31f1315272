// Acts on one thing take turns, so that what is before and after each of them is its own doing. Knows no request.

export interface SubjectTurns {
  /** Resolves when those before have ended. The returned function ends the turn; it must be called. */
  take(subject: string): Promise<() => void>
}

export const createSubjectTurns = (): SubjectTurns => {
  const last = new Map<string, Promise<void>>()
  return {
    async take(subject) {
      const before = last.get(subject)
      let end = (): void => undefined
      const turn = new Promise<void>((resolve) => {
        end = resolve
      })
      last.set(subject, turn)
      await before
      return () => {
        if (last.get(subject) === turn) last.delete(subject)
        end()
      }
    },
  }
}
