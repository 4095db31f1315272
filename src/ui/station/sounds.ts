// Two sounds that nobody mixes up: up for a PASS, low and rough for what needs somebody. Made without a file. Knows no view.

let context: AudioContext | undefined

/** Browsers let a page be heard only after the first key or touch. */
export const unlockSound = (): void => {
  try {
    context ??= new AudioContext()
    if (context.state === 'suspended') void context.resume().catch(() => undefined)
  } catch {
    // There is nothing to be heard with.
  }
}

interface Tone {
  readonly type: OscillatorType
  readonly frequency: number
  /** Both in seconds. */
  readonly from: number
  readonly long: number
}

const tones: Readonly<Record<'pass' | 'alarm', readonly Tone[]>> = {
  pass: [
    { type: 'sine', frequency: 1047, from: 0, long: 0.12 },
    { type: 'sine', frequency: 1568, from: 0.13, long: 0.25 },
  ],
  alarm: [
    { type: 'sawtooth', frequency: 196, from: 0, long: 0.3 },
    { type: 'sawtooth', frequency: 147, from: 0.36, long: 0.5 },
  ],
}

const playOne = (on: AudioContext, { type, frequency, from, long }: Tone): void => {
  const begin = on.currentTime + from
  const gain = on.createGain()
  gain.gain.setValueAtTime(0, begin)
  gain.gain.linearRampToValueAtTime(0.4, begin + 0.01)
  gain.gain.setValueAtTime(0.4, begin + long - 0.03)
  gain.gain.linearRampToValueAtTime(0, begin + long)
  const source = on.createOscillator()
  source.type = type
  source.frequency.value = frequency
  source.connect(gain).connect(on.destination)
  source.start(begin)
  source.stop(begin + long)
}

export const play = (sound: 'pass' | 'alarm'): void => {
  if (context?.state !== 'running') return
  for (const tone of tones[sound]) playOne(context, tone)
}
