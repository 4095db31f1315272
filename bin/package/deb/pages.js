// The manual page and the completion scripts, made of the commands in dist/.

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from '../bundle.js'

const built = (name) => import(pathToFileURL(join(root, 'dist/cli', `${name}.js`)).href)

export const pagesOf = async (version, time) => {
  const { allCommands } = await built('main')
  const { treeOf } = await built('command-tree')
  const { manPage } = await built('man-page')
  const { bashCompletion } = await built('completion-bash')
  const { zshCompletion } = await built('completion-zsh')
  const tree = treeOf(allCommands())
  const date = new Date(time * 1000).toISOString().slice(0, 10)
  return { manual: manPage(tree, { version, date }), bash: bashCompletion(tree), zsh: zshCompletion(tree) }
}
