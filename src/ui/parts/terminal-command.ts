// A command of fogbell for a terminal on the machine of the server. Pure.

import { shellWord } from './curl-text.ts'

/** Where fogbell looks by itself when it runs as a service. */
const usual = '/var/lib/fogbell'

/** `directory`: the server's data directory; null: not known yet. */
export const terminalCommand = (words: string, directory: string | null): string =>
  directory === null || directory === usual ? `fogbell ${words}` : `fogbell ${words} --data ${shellWord(directory)}`

/** Simulated devices that connect to this address. */
export const simulateCommand = (broker: string | undefined): string =>
  `fogbell simulate --devices 5 --product lamp --version 1.0.0${broker === undefined ? '' : ` --broker ${shellWord(broker)}`}`
