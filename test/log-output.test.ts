// The log's output: bounded, without waiting, and what it says of lines that it dropped.

import { expect, it, vi } from 'vitest'
import { boundedOutput, fileSink } from '../src/log-output.ts'
import { createLog } from '../src/log-pino.ts'

/** An output whose writes are answered by hand. */
const createSlow = () => {
  const written: string[] = []
  let answer: ((error: NodeJS.ErrnoException | null, rest: string) => void) | undefined
  const output = boundedOutput({
    isTTY: false,
    writeText(text, done) {
      written.push(text)
      answer = done
    },
    writeNow: () => undefined,
  })
  return {
    output,
    written,
    answer: (code?: string, rest = '') => answer?.(code === undefined ? null : Object.assign(new Error(code), { code }), rest),
  }
}

it('an output that takes nothing never waits: lines are kept within a bound, then dropped, counted, and said when it works again', () => {
  const { output, written, answer } = createSlow()
  const log = createLog({ level: 'info', format: 'json' }, output)
  for (let n = 0; n < 3000; n += 1) log.info({ n, filler: 'x'.repeat(1000) }, 'line')
  expect(written).toHaveLength(1)
  const dropped = output.dropped()
  expect(dropped).toBeGreaterThan(1500)
  expect(dropped).toBeLessThan(3000)
  answer()
  expect(written.join('').split('\n').length - 1, 'the oldest are kept').toBe(3000 - dropped)
  answer()
  expect(JSON.parse(written.at(-1) ?? '')).toMatchObject({ level: 'warn', dropped })
  answer()
  log.info({}, 'again')
  expect(written.at(-1)).toContain('again')
})

it('after an error what was to be written is tried again later, from where it stopped', () => {
  vi.useFakeTimers()
  try {
    const { output, written, answer } = createSlow()
    output.write('one\n')
    answer('ENOSPC', 'ne\n')
    output.write('two\n')
    expect(written).toEqual(['one\n'])
    vi.advanceTimersByTime(1000)
    expect(written).toEqual(['one\n', 'ne\ntwo\n'])
    answer()
    expect(output.dropped()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})

it('an output whose reader is gone takes no more, and flush does not wait for it', async () => {
  const { output, written, answer } = createSlow()
  output.write('one\n')
  output.write('two\n')
  answer('EPIPE', 'one\n')
  output.write('three\n')
  expect([written.length, output.dropped()]).toEqual([1, 3])
  await output.flush(60_000)
})

it('the same warning of many clients is written ten times a second, then once with how many more; other lines stay', () => {
  vi.useFakeTimers()
  try {
    const lines: { msg: string; device?: string; more?: number }[] = []
    const log = createLog({ level: 'info', format: 'json' }, { write: (line) => void lines.push(JSON.parse(line)) })
    for (let n = 0; n < 4322; n += 1) log.warn({ device: `pk/d${n}` }, 'a report could not be stored')
    for (let n = 0; n < 20; n += 1) log.info({ device: `pk/d${n}` }, 'connected')
    for (let n = 0; n < 20; n += 1) log.info({ device: 'pk/d1' }, 'subscribed')
    expect(lines.map(({ msg }) => msg).filter((msg) => msg.startsWith('a report'))).toHaveLength(10)
    vi.advanceTimersByTime(1000)
    expect(lines.filter(({ more }) => more !== undefined)).toMatchObject([
      { msg: 'a report could not be stored: and 4,312 more', more: 4312 },
      { msg: 'subscribed: and 10 more', more: 10 },
    ])
    expect(lines.filter(({ msg }) => msg === 'connected')).toHaveLength(20)
    log.warn({}, 'a report could not be stored')
    expect(lines.at(-1)?.msg).toBe('a report could not be stored')
  } finally {
    vi.useRealTimers()
  }
})

it('a disk that takes a few bytes at a time gets every character whole', async () => {
  const got: Buffer[] = []
  let calls = 0
  const sink = fileSink(1, (_fd, bytes, _offset, _length, _position, done) => {
    calls += 1
    // Now and then it is full.
    if (calls % 3 === 0) setImmediate(done, Object.assign(new Error('full'), { code: 'ENOSPC' }), 0)
    else {
      got.push(Buffer.from(bytes.subarray(0, 5)))
      setImmediate(done, null, Math.min(5, bytes.length))
    }
  })
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const output = boundedOutput(sink)
    const text = '{"name":"漢字 äö 🙂"}\n'.repeat(5)
    output.write(text)
    for (let turn = 0; turn < 200; turn += 1) {
      await new Promise(setImmediate)
      vi.advanceTimersByTime(1000)
    }
    expect(Buffer.concat(got).toString('utf8')).toBe(text)
  } finally {
    vi.useRealTimers()
  }
})

it('many different lines are no flood, and are followed only up to a bound', () => {
  vi.useFakeTimers()
  try {
    const log = createLog({ level: 'info', format: 'json' }, { write: () => undefined })
    for (let n = 0; n < 20_000; n += 1) log.warn({}, `line ${n}`)
    expect(vi.getTimerCount()).toBe(1000)
  } finally {
    vi.useRealTimers()
  }
})
