// What the scripts of the Debian package do as root in a directory that belongs to the service's user.

import { execFileSync } from 'node:child_process'
import { chown, lstat, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

const isRoot = process.getuid?.() === 0
const nobody = 65_534

let place: string
let data: string

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'deb-scripts-'))
  data = join(place, 'data')
  await mkdir(data)
  execFileSync('chmod', ['755', place])
})
afterEach(() => rm(place, { recursive: true }))

const textOf = (name: string): Promise<string> => readFile(join(import.meta.dirname, '../../bin/package/deb/files', name), 'utf8')

/** The functions of postinst for another directory and user, and a call of one. */
const postinst = async (call: string): Promise<void> => {
  const text = (await textOf('postinst')).split('\ncase ')[0] ?? ''
  const script = text
    .replace('data=/var/lib/fogbell', `data='${data}'`)
    .replaceAll('fogbell:fogbell', `${nobody}:${nobody}`)
    .replaceAll('--regid=fogbell', `--regid=${nobody}`)
  execFileSync('sh', ['-c', `${script}\n${call}`], { stdio: 'pipe' })
}

const rights = async (path: string): Promise<string> => {
  const { mode, uid, gid } = await stat(path)
  return `${(mode & 0o777).toString(8)} ${uid}:${gid}`
}

test.runIf(isRoot)('a token is made, whoever the directory belongs to', async () => {
  for (const owner of [0, nobody]) {
    await chown(data, owner, owner)
    await postinst('make_token')
    expect(await rights(join(data, 'admin.token'))).toBe(`640 ${nobody}:${nobody}`)
    expect(await readFile(join(data, 'admin.token'), 'utf8')).toMatch(/^[\w-]{32}\n$/)
    await rm(join(data, 'admin.token'))
  }
})

test.runIf(isRoot)("no link of the service's user leads root to another file", async () => {
  const victim = join(place, 'victim')
  await writeFile(victim, 'of root', { mode: 0o600 })
  await chown(data, nobody, nobody)
  for (const name of ['.admin.token.new', 'admin.token']) {
    await symlink(victim, join(data, name))
    await postinst('make_token')
    expect([await readFile(victim, 'utf8'), await rights(victim)]).toEqual(['of root', '600 0:0'])
    await rm(join(data, 'admin.token'))
  }
})

test('a purge removes the data behind a link, too', async () => {
  const elsewhere = join(place, 'elsewhere')
  await mkdir(join(elsewhere, 'store'), { recursive: true })
  await rm(data, { recursive: true })
  await symlink(elsewhere, data)
  const [, loop = ''] = /(\tfor directory in [\s\S]*?\tdone\n)/.exec(await textOf('postrm')) ?? []
  execFileSync('sh', ['-ec', loop.replace('/var/lib/fogbell /etc/fogbell', `'${data}'`)])
  await expect(lstat(data)).rejects.toThrow('ENOENT')
  expect(execFileSync('ls', [elsewhere], { encoding: 'utf8' })).toBe('')
})
