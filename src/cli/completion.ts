// fogbell completion: prints a script with which a shell completes the command's words. Needs no server.

import { Argument, type Command } from 'commander'
import type { Cli } from './command.ts'
import { treeOf } from './command-tree.ts'
import { bashCompletion } from './completion-bash.ts'
import { zshCompletion } from './completion-zsh.ts'

const scripts = { bash: bashCompletion, zsh: zshCompletion } as const

const help = `
bash  source <(fogbell completion bash)      for all later shells: write it to
      ~/.local/share/bash-completion/completions/fogbell
zsh   source <(fogbell completion zsh)       after compinit; or write it to _fogbell in a folder of $fpath`

/** Adds `fogbell completion`. */
export const addCompletion = (cli: Cli, program: Command): void => {
  const shells = Object.keys(scripts)
  program
    .command('completion')
    .description('Print a script for a shell, which then completes commands, options, values and file names.')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .addHelpText('after', help)
    .action((shell: keyof typeof scripts) => void cli.io.stdout.write(scripts[shell](treeOf(program))))
}
