// What a user types to start the program again, by how it was started.

import { expect, test } from 'vitest'
import { quoted, typedScript } from '../src/origin.ts'

const script = '/opt/fogbell/bin/fogbell.js'
const started = { script, called: script, env: {}, cwd: '/home/me' }

test.each([
  ['by npx', { called: '/home/me/node_modules/.bin/fogbell', env: { npm_command: 'exec' } }, 'npx fogbell'],
  ['by its name in PATH', { called: '/usr/local/bin/fogbell', env: { PATH: '/usr/bin:/usr/local/bin' } }, 'fogbell'],
  ['by Node.js from elsewhere', {}, 'node /opt/fogbell/bin/fogbell.js'],
  ['by Node.js in its folder', { cwd: '/opt/fogbell' }, 'node bin/fogbell.js'],
  ['by a link that PATH does not lead to', { called: '/home/me/node_modules/.bin/fogbell' }, 'node /opt/fogbell/bin/fogbell.js'],
  ['in a folder with a space', { script: '/opt/my fogbell/bin/fogbell.js', cwd: '/opt' }, "node 'my fogbell/bin/fogbell.js'"],
])('%s', (_how, more, typed) => {
  expect(typedScript({ ...started, ...more })).toBe(typed)
})

test('a path is quoted where a shell would read it otherwise', () => {
  expect(['./fogbell', "it's", '$HOME/x'].map(quoted)).toEqual(['./fogbell', "'it'\\''s'", "'$HOME/x'"])
})
