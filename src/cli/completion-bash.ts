// The completion script for bash. It needs no other package: the words of the line come from bash itself.

import { everyCommand, type TreeCommand, type Value } from './command-tree.ts'
import { argumentCases, caseLine, commandPatterns, indented, optionCases, valuedPatterns } from './completion-cases.ts'

/** Names of files are completed by readline, which knows how to quote them. */
const completes = (value: Value): string => {
  if (value === 'file') return 'compopt -o default'
  if (value === 'directory') return 'compopt -o dirnames'
  return value === 'text' ? '' : `words='${value.oneOf.join(' ')}'`
}

/** For each command: its sub-commands, and its options. */
const wordCases = (tree: TreeCommand): string[] =>
  everyCommand(tree).flatMap(({ line, commands, options }) => {
    const names = commands.map(({ name }) => name).join(' ')
    const flags = options.flatMap((option) => option.names).join(' ')
    return caseLine([line], `commands='${names}' options='${flags}'`)
  })

export const bashCompletion = (tree: TreeCommand): string => `# bash completion for ${tree.name}, printed by: ${tree.name} completion bash

_${tree.name}() {
  local at=${tree.name} cur=\${COMP_WORDS[COMP_CWORD]} option= commands= options= words= i word count=0
  COMPREPLY=()
  # The line up to the cursor: which command, and whether an option waits for its value. bash takes --a=b as three words.
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == '=' ]]; then continue; fi
    if [[ $option ]]; then option=; continue; fi
    case "$at $word" in
${indented(caseLine(valuedPatterns(tree), 'option=$word'), 6)}
${indented(caseLine(commandPatterns(tree), 'at="$at $word" count=0'), 6)}
      *' -'*) ;;
      *) count=$((count + 1)) ;;
    esac
  done
  if [[ $cur == '=' ]]; then cur=; fi
  if [[ $option ]]; then
    case "$at $option" in
${indented(optionCases(tree, completes), 6)}
    esac
  else
    case "$at" in
${indented(wordCases(tree), 6)}
    esac
    case "$at $count" in
${indented(argumentCases(tree, completes), 6)}
    esac
    if [[ $cur == -* ]]; then words=$options; elif [[ $commands ]]; then words=$commands; fi
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F _${tree.name} ${tree.name}
`
