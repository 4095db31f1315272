// Commands that the page shows for a terminal.

import { expect, it } from 'vitest'
import { simulateCommand, terminalCommand } from '../../src/ui/parts/terminal-command.ts'

it('a command names the data directory where fogbell does not look by itself', () => {
  expect(terminalCommand('doctor', null)).toBe('fogbell doctor')
  expect(terminalCommand('doctor', '/var/lib/fogbell')).toBe('fogbell doctor')
  expect(terminalCommand('backup fogbell.tar', '/srv/my fleet')).toBe("fogbell backup fogbell.tar --data '/srv/my fleet'")
})

it('simulated devices connect to the address of this server', () => {
  expect(simulateCommand('mqtt://192.0.2.7:21883')).toBe(
    'fogbell simulate --devices 5 --product lamp --version 1.0.0 --broker mqtt://192.0.2.7:21883',
  )
  expect(simulateCommand(undefined)).not.toContain('--broker')
})
