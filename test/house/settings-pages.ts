// config.example.json and docs/settings.md, generated from the schema. The drift test compares them with the files in the repository;
// `npx vitest run test/house/settings-pages -u` writes them.

import { say } from '../../src/sentences/sentence.ts'
import { alternatives, expected, type SchemaNode } from '../../src/settings/schema.ts'
import { leaves, variable } from '../../src/settings/sources.ts'
import { settingsSchema } from '../../src/settings.ts'
import { loadSettings } from '../../src/settings-load.ts'

/** Every key with its default. */
export const exampleText = (): string => `${JSON.stringify(loadSettings({ env: {}, flags: {} }), null, 2)}\n`

const intro = `# Settings

Every setting with its default. This page is generated from the schema that checks the settings (\`src/settings.ts\`).

A setting is taken from the first of these that has it: a flag of \`fogbell serve\`, an environment variable, the settings file
(\`--config FILE\` or \`FOGBELL_CONFIG\`), the default. The server starts without any setting.

- The file is JSON without comments; \`config.example.json\` has every key with its default. An unknown key, a wrong type or a
  value out of bounds stops the start, and all faults are listed at once. \`fogbell serve --check\` lists them and exits.
- Each setting has an environment variable. Lists and objects are given as JSON there, \`null\` as \`null\`. An empty variable
  counts as not set; an unknown \`FOGBELL_*\` is a fault.
- A secret can be kept in a file of its own: \`"key": {"file": "admin.key"}\`, relative to the settings file's folder; in the
  environment \`FOGBELL_ADMIN_KEY_FILE\`, relative to the working directory of the server.
- The flags have short variables too: \`FOGBELL_DATA\`, \`FOGBELL_MQTT_PORT\`, \`FOGBELL_FIRMWARE_PORT\`, \`FOGBELL_ADMIN_PORT\`,
  \`FOGBELL_HOST\`, \`FOGBELL_ENROLMENT\`, \`FOGBELL_LOG_LEVEL\`, \`FOGBELL_LOG_FORMAT\`. If both are set, the variable of the setting is used.
- \`--host\` is the address of every listener; \`--mqtt-port\` is the port of the first \`mqtt://\` listener.
- On SIGHUP the server reads the file again and applies certificates, \`mqtt.users\`, \`mqtt.anonymous\`, the bounds of \`mqtt\` and the log
  level. Every other change needs a restart.
`

const cell = (text: string): string => text.replaceAll('|', '\\|')
const code = (text: string): string => `\`${text}\``
const sentence = (text: string): string => (text === '' || text.endsWith('.') ? text : `${text}.`)

const describe = (node: SchemaNode): string => node.description ?? (node.anyOf?.[0] ? describe(node.anyOf[0]) : '')

const standard = (node: SchemaNode): string => (node.default === undefined ? '' : code(JSON.stringify(node.default)))

/** The values that a setting takes; a pattern or a word is written as code. */
const takes = (node: SchemaNode): string => {
  const { main } = alternatives(node)
  const { pattern } = main
  const text = pattern === undefined ? say(expected(node)) : say(expected(node)).replace(pattern, () => code(pattern))
  return cell(text.replace(/"[^"]*"(?!:)|\{.*\}/g, (each) => code(each.replaceAll('"', each.startsWith('{') ? '"' : ''))))
}

const words = (node: SchemaNode): string => cell(sentence(describe(node)))

const table = (rows: readonly (readonly string[])[], head: readonly string[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')

/** The keys of an object that is in a list or may be null. */
const inner = (title: string, node: SchemaNode): string => {
  const rows = Object.entries(node.properties ?? {}).map(([key, child]) => [
    code(key),
    child.default === undefined && node.required?.includes(key) ? 'required' : standard(child),
    takes(child),
    words(child),
  ])
  return `\n${title}:\n\n${table(rows, ['key', 'default', 'takes', 'what it is'])}\n`
}

const section = (key: string, node: SchemaNode): string => {
  const own = leaves(node, [key])
  const rows = own.map(({ path, node: leaf }) => [
    `${code(path.join('.'))}<br>${code(variable(path))}`,
    standard(leaf),
    takes(leaf),
    words(leaf),
  ])
  const nested = own.flatMap(({ path, node: leaf }) => {
    const { main } = alternatives(leaf)
    const item = main.items?.properties ? main.items : main.properties ? main : undefined
    return item ? [inner(main.items ? `Each of ${code(path.join('.'))}` : `If ${code(path.join('.'))} is an object`, item)] : []
  })
  return `\n## ${key}\n\n${table(rows, ['setting and variable', 'default', 'takes', 'what it is'])}\n${nested.join('')}`
}

/** docs/settings.md. */
export const settingsPage = (): string => {
  const schema: SchemaNode = settingsSchema
  return `${intro}${Object.entries(schema.properties ?? {})
    .map(([key, node]) => section(key, node))
    .join('')}`
}
