// The command with all its nouns. Starts only when `main` is called.

import type { Command } from 'commander'
import { packageVersion } from '../bundled.ts'
import { addAudit } from './audit.ts'
import { addBackup, addRestore } from './backup.ts'
import { addCampaign } from './campaign.ts'
import { addCerts } from './certs.ts'
import type { Cli } from './command.ts'
import { addCompletion } from './completion.ts'
import { addDemo } from './demo.ts'
import { addDevice } from './device.ts'
import { addDiscover } from './discover.ts'
import { addDoctor } from './doctor.ts'
import { addFirmware } from './firmware.ts'
import { type Io, processIo } from './io.ts'
import { addLogin } from './login.ts'
import { addMigrate } from './migrate.ts'
import { addOpenapi } from './openapi.ts'
import { realParts } from './parts.ts'
import { addPassword } from './password-command.ts'
import { addProcedure } from './procedure-command.ts'
import { createCommands, runCommand, runProcess } from './program.ts'
import { addPush } from './push.ts'
import { addRun } from './run-command.ts'
import { addServe, type ServeParts } from './serve.ts'
import { addSimulate } from './simulate.ts'
import { addStation } from './station-command.ts'
import { addTask } from './task.ts'
import { addToken } from './token.ts'
import { addUnit } from './unit-command.ts'
import { addUser } from './user.ts'
import { addVersion } from './version-command.ts'
import { addWebhook } from './webhook.ts'
import { addYield } from './yield-command.ts'

/** In the order in which the help lists them. */
const nouns = [
  addFirmware,
  addDevice,
  addCampaign,
  addTask,
  addProcedure,
  addStation,
  addRun,
  addUnit,
  addYield,
  addSimulate,
  addDemo,
  addDoctor,
  addDiscover,
  addBackup,
  addRestore,
  addMigrate,
  addCerts,
  addUser,
  addToken,
  addWebhook,
  addLogin,
  addAudit,
  addPassword,
  addOpenapi,
  addCompletion,
  addVersion,
]

const addAll = (cli: Cli, program: Command, parts: ServeParts): void => {
  addServe(cli, parts, program)
  addPush(cli, program)
  for (const add of nouns) add(cli, program)
}

/** All commands, for what is made of them and runs none. */
export const allCommands = (): Command => {
  const cli = { io: processIo(), version: packageVersion(), finish: () => undefined }
  return createCommands(cli, (program) => addAll(cli, program, realParts))
}

/** Runs one command, `argv` without node and script; resolves with its exit status and never rejects. */
export const run = (argv: readonly string[], io: Io, parts: ServeParts = realParts): Promise<number> =>
  runCommand(argv, io, (cli, program) => addAll(cli, program, parts))

/** Runs the process's own command line and ends the process with its status. */
export const main = (): Promise<void> => runProcess(run)
