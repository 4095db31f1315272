// The log as people and machines read it.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { OtaError } from '../src/errors.ts'
import { createLog, type LogDestination } from '../src/log-pino.ts'
import type { LogSettings } from '../src/settings.ts'

const logTo = (settings: LogSettings) => {
  const lines: string[] = []
  const destination: LogDestination = { write: (line) => void lines.push(line) }
  return { log: createLog(settings, destination), lines, objects: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

it('json is one object per line: time, level, fields and message, without process id and host name', () => {
  const { log, lines, objects } = logTo({ level: 'info', format: 'json' })
  log.warn({ device: 'pk/dn' }, 'refused: bad password')
  expect(lines[0]?.endsWith('\n')).toBe(true)
  expect(objects()).toEqual([
    { level: 'warn', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/), device: 'pk/dn', msg: 'refused: bad password' },
  ])
})

it('pretty is one line for people, with a readable time', () => {
  const { log, lines } = logTo({ level: 'info', format: 'pretty' })
  log.info({ device: 'pk/dn', bytes: 3 }, 'connected')
  expect(lines.join('')).toMatch(/^\[\d{4}-\d\d-\d\d [\d:.]+ [+-]\d\d:\d\d\] INFO: connected \{"device":"pk\/dn","bytes":3\}\n$/)
})

it('the level is applied and can be changed at runtime', () => {
  const { log, objects } = logTo({ level: 'warn', format: 'json' })
  log.info({}, 'one')
  log.level = 'debug'
  log.debug({}, 'two')
  log.level = 'silent'
  log.error({}, 'three')
  expect(objects().map((line) => line.msg)).toEqual(['two'])
})

it('passwords, secrets, tokens and authorization are never written', () => {
  for (const format of ['json', 'pretty'] as const) {
    const { log, lines } = logTo({ level: 'info', format })
    log.info({ password: 'hunter2', device: { secret: 'hunter2' }, request: { headers: { authorization: 'Bearer hunter2' } } }, 'x')
    log.info({ token: 'hunter2', users: [{ passwordHash: 'hunter2' }] }, 'x')
    expect(lines.join('')).not.toContain('hunter2')
    expect(lines.join('')).toContain('(hidden)')
  }
})

it('logging does not change the logged object', () => {
  const { log } = logTo({ level: 'info', format: 'json' })
  const device = { secret: 'hunter2' }
  log.info({ device }, 'x')
  expect(device.secret).toBe('hunter2')
})

it('an error is written with its code, message and stack; a failure of the disk without a stack, which says nothing', () => {
  const shown = (error: Error): string => {
    const pretty = logTo({ level: 'info', format: 'pretty' })
    pretty.log.error({ err: error }, 'commit failed')
    return pretty.lines.join('')
  }
  const full = new OtaError('OTA_STORE_FAILED', 'the disk is full', { cause: Object.assign(new Error('no space'), { code: 'ENOSPC' }) })
  const json = logTo({ level: 'info', format: 'json' })
  json.log.error({ err: full }, 'commit failed')
  expect(json.objects()[0]?.err).toEqual({ code: 'OTA_STORE_FAILED', message: 'the disk is full', cause: 'no space' })
  expect(shown(full).trimEnd().split('\n')).toEqual([expect.stringContaining('"message":"the disk is full"')])
  for (const error of [full, full.cause as Error]) expect(shown(error)).not.toMatch(/log-pino\.test/)
  for (const error of [new Error('a bug'), new OtaError('OTA_INTERNAL', 'a bug')])
    expect(shown(error)).toMatch(/a bug[\s\S]*log-pino\.test/)
})

it('a name with newlines or escapes cannot forge a line or control the terminal', () => {
  const { log, lines } = logTo({ level: 'info', format: 'pretty' })
  log.warn({ device: 'a\nb\u001b[2J' }, 'refused: a\n[2030-01-01] INFO: all is well\u001b[2J')
  expect(lines.join('').trimEnd().split('\n')).toHaveLength(1)
  expect(lines.join('')).not.toContain('\u001b')
})

it('the last line is on standard output even if the process exits at once', () => {
  const module = fileURLToPath(new URL('../dist/log-pino.js', import.meta.url))
  for (const format of ['json', 'pretty']) {
    const code = `import { createLog } from ${JSON.stringify(module)}
      const log = createLog({ level: 'info', format: '${format}' })
      for (let n = 1; n <= 500; n += 1) log.info({ n }, 'line')
      process.kill(process.pid, 'SIGKILL')`
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
    expect(stdout.trimEnd().split('\n')).toHaveLength(500)
  }
})

it('a reader of standard output that exits ends the log and not the process', async () => {
  const module = fileURLToPath(new URL('../dist/log-pino.js', import.meta.url))
  const code = `import { createLog } from ${JSON.stringify(module)}
    const log = createLog({ level: 'info', format: 'pretty' })
    log.info({}, 'ready')
    process.stdin.on('data', () => { for (let n = 0; n < 100; n += 1) log.info({ n }, 'line') })
    process.stdin.on('end', () => { process.exitCode = 7 })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  child.stdout.destroy()
  child.stdin.write('x')
  child.stdin.end('x')
  const [status] = await once(child, 'exit')
  expect(status).toBe(7)
})
