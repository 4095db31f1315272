import { spawnSync } from 'node:child_process'
import { beforeAll, describe, expect, test } from 'vitest'
import { everyCommand, treeOf } from '../../src/cli/command-tree.ts'
import { allCommands } from '../../src/cli/main.ts'
import { manPage } from '../../src/cli/man-page.ts'
import { createCliTerminalFixture } from '../support/cli-terminal-fixture.ts'

const printed = async (shell: string): Promise<string> => {
  const terminal = createCliTerminalFixture()
  expect(await terminal.run('completion', shell)).toBe(0)
  return terminal.out()
}

describe('completion in bash', () => {
  let script: string
  beforeAll(async () => {
    script = await printed('bash')
  })

  /** What a real bash offers for the last word (a bash whose input is a socket takes itself for a remote shell and would read its settings); `compopt …` where it completes names of files itself. */
  const offered = (...words: string[]): string[] => {
    const driver = `${script}
compopt() { echo "compopt $*"; }
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_fogbell
printf '%s\\n' "\${COMPREPLY[@]}"`
    const { stdout, stderr } = spawnSync('bash', ['--norc', '-euc', driver, 'bash', ...words], { encoding: 'utf8' })
    expect(stderr).toBe('')
    return stdout.split('\n').filter((line) => line !== '')
  }

  test.each([
    ['commands', ['fogbell', 'camp'], ['campaign']],
    ['sub-commands', ['fogbell', 'migrate', ''], ['aedes']],
    ['options', ['fogbell', 'serve', '--ac'], ['--accept-loss']],
    ['options of a sub-command', ['fogbell', 'task', 'list', '--st'], ['--state']],
    ['values of an option', ['fogbell', 'firmware', 'add', '--sign-method', ''], ['MD5', 'SHA256']],
    ['values behind =', ['fogbell', 'firmware', 'add', '--sign-method', '=', 'S'], ['SHA256']],
    ['values that the settings check', ['fogbell', 'serve', '--enrolment', ''], ['open', 'first-use', 'closed']],
    ['values that the server checks', ['fogbell', 'device', 'list', '--state', 'n'], ['notified', 'none']],
    ['values of an argument', ['fogbell', 'completion', 'z'], ['zsh']],
    ['files for an option', ['fogbell', 'serve', '--config', ''], ['compopt -o default']],
    ['directories', ['fogbell', 'serve', '--data', ''], ['compopt -o dirnames']],
    ['files for an argument', ['fogbell', 'push', '--product', 'pk', ''], ['compopt -o default']],
    ['nothing for a text', ['fogbell', 'push', '--product', ''], []],
    ['nothing after all arguments', ['fogbell', 'push', 'file', ''], []],
    ['nothing for a value that is a command too', ['fogbell', 'push', '--product', 'task', '--version', ''], []],
  ])('%s', (_, words, wanted) => {
    expect(offered(...words)).toEqual(wanted)
  })
})

test('every command and every option is in both scripts and on the manual page', async () => {
  const tree = treeOf(allCommands())
  const page = manPage(tree, { version: '1.2.3', date: '2026-03-01' })
  const texts = [await printed('bash'), await printed('zsh'), page.replaceAll('\\-', '-')]
  const commands = everyCommand(tree)
  expect(commands.length).toBeGreaterThan(30)
  for (const { line, name, options } of commands.slice(1)) {
    const names = [...options.flatMap((option) => option.names.filter((each) => each.startsWith('--'))), line, name]
    for (const text of texts) expect(names.filter((each) => !text.includes(each))).toEqual([])
  }
})

test('the manual page has what the help says after the options, and no line that roff would take for a macro', () => {
  const page = manPage(treeOf(allCommands()), { version: '1.2.3', date: '2026-03-01' })
  expect(page).toContain('.TH FOGBELL 1 2026-03-01 "fogbell 1.2.3"')
  expect(page).toContain('fogbell \\- an MQTT broker with firmware updates built in')
  expect(page).toContain('\\-\\-phase SIZE[,success=P%][,min=N][,soak=TIME][,wait]')
  const macros = ['.TH', '.SH', '.SS', '.TP', '.PP', '.nf', '.fi', '.BR']
  expect(page.split('\n').filter((line) => /^[.']/.test(line) && !macros.includes(line.split(' ')[0] ?? ''))).toEqual([])
})

test('help about `push` lists its own options apart from those that say where the server is', async () => {
  const terminal = createCliTerminalFixture()
  await terminal.run('push', '--help')
  const [, own = '', where = ''] = terminal.out().split(/^(?:Options|Where the server is):$/m)
  expect([own.includes('--product'), where.includes('--product'), where.includes('--token')]).toEqual([true, false, true])
})
