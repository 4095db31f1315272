// Whether a process runs, as files that name their process ask.

/** Also true of a process of another user. The system may give the number of one that has ended to another. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return cause instanceof Error && 'code' in cause && cause.code === 'EPERM'
  }
}
