// The completion script for zsh: a file of its functions (`_fogbell` in a folder of $fpath), or text that is evaluated.

import { everyCommand, type TreeCommand, type Value } from './command-tree.ts'
import { argumentCases, caseLine, commandPatterns, indented, optionCases, quoted, valuedPatterns } from './completion-cases.ts'

const completes = (value: Value): string => {
  if (value === 'file') return '_files'
  if (value === 'directory') return '_files -/'
  return value === 'text' ? "_message 'value'" : `compadd -- ${value.oneOf.join(' ')}`
}

/** `name:what it is`, as _describe takes it. */
const described = (name: string, description: string): string => quoted(`${name}:${description.replaceAll('\n', ' ')}`)

const wordCases = (tree: TreeCommand): string[] =>
  everyCommand(tree).flatMap(({ line, commands, options }) => {
    const names = commands.map((each) => described(each.name, each.description)).join(' ')
    const flags = options.flatMap((option) => option.names.map((name) => described(name, option.description))).join(' ')
    return caseLine([line], `commands=(${names}); options=(${flags})`)
  })

export const zshCompletion = (tree: TreeCommand): string => `#compdef ${tree.name}
# zsh completion for ${tree.name}, printed by: ${tree.name} completion zsh

_${tree.name}() {
  local at=${tree.name} option= word
  local -i i count=0
  local -a commands options
  # The line up to the cursor: which command, and whether an option waits for its value.
  for ((i = 2; i < CURRENT; i++)); do
    word=\${(Q)words[i]}
    if [[ -n $option ]]; then option=; continue; fi
    case "$at $word" in
${indented(caseLine(valuedPatterns(tree), 'option=$word'), 6)}
${indented(caseLine(commandPatterns(tree), 'at="$at $word" count=0'), 6)}
      *' -'*) ;;
      *) count=$((count + 1)) ;;
    esac
  done
  if [[ -z $option && \${words[CURRENT]} == --*=* ]]; then
    option=\${words[CURRENT]%%=*}
    compset -P '*='
  fi
  if [[ -n $option ]]; then
    case "$at $option" in
${indented(optionCases(tree, completes), 6)}
      *) _message 'value' ;;
    esac
    return
  fi
  case "$at" in
${indented(wordCases(tree), 4)}
  esac
  if [[ \${words[CURRENT]} == -* ]]; then
    _describe -o 'option' options
  elif (( \${#commands} )); then
    _describe -t commands 'command' commands
  else
    case "$at $count" in
${indented(argumentCases(tree, completes), 6)}
    esac
  fi
}

if [[ \${funcstack[1]} == _${tree.name} ]]; then _${tree.name} "$@"; else compdef _${tree.name} ${tree.name}; fi
`
