// Limits the speed of all downloads together: a token bucket that serves waiting downloads in turn, in small equal portions, so
// that each connection gets its share whatever the others do. Knows no sockets.

export interface Bandwidth {
  /** How many bytes may be sent now, at most `most`; 0 if the client disconnected meanwhile. */
  take(most: number, left: AbortSignal): number | Promise<number>
}

const SMALLEST_PORTION = 512
const LARGEST_PORTION = 65_536
/** The bucket holds the bytes of this time, and a portion is at most a quarter of it. */
const BUCKET_SECONDS = 0.1

interface Turn {
  readonly most: number
  readonly settle: (bytes: number) => void
}

/** `bytesPerSecond` over all downloads, 0 for no limit; `now` in milliseconds, of a monotonic clock. */
export const createBandwidth = (bytesPerSecond: number, now: () => number): Bandwidth => {
  if (bytesPerSecond === 0) return { take: (most) => most }
  const portion = Math.min(LARGEST_PORTION, Math.max(SMALLEST_PORTION, Math.floor((bytesPerSecond * BUCKET_SECONDS) / 4)))
  const bucket = Math.max(portion, bytesPerSecond * BUCKET_SECONDS)
  const turns = new Set<Turn>()
  let tokens = bucket
  let filledAt = now()
  let timer: NodeJS.Timeout | undefined

  const serve = (): void => {
    timer = undefined
    tokens = Math.min(bucket, tokens + ((now() - filledAt) * bytesPerSecond) / 1_000)
    filledAt = now()
    for (const { most, settle } of turns) {
      const bytes = Math.min(most, portion)
      if (tokens < bytes) {
        timer = setTimeout(serve, Math.ceil(((bytes - tokens) * 1_000) / bytesPerSecond))
        return
      }
      tokens -= bytes
      settle(bytes)
    }
  }

  const take = (most: number, left: AbortSignal): Promise<number> =>
    new Promise((resolve) => {
      const settle = (bytes: number): void => {
        left.removeEventListener('abort', leave)
        turns.delete(turn)
        resolve(bytes)
      }
      const leave = (): void => settle(0)
      const turn: Turn = { most, settle }
      left.addEventListener('abort', leave)
      turns.add(turn)
      if (timer === undefined) serve()
    })

  return { take: (most, left) => (left.aborted ? 0 : take(most, left)) }
}
