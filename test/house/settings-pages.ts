// config.example.json and docs/settings.md, written from the schema. The drift test compares them with the files in the
// repository; `npx vitest run test/house -u` writes them again.

import { say } from '../../src/sentences/sentence.ts'
import { alternatives, expected, type SchemaNode } from '../../src/settings/schema.ts'
import { leaves, variable } from '../../src/settings/sources.ts'
import { settingsSchema } from '../../src/settings.ts'
import { loadSettings } from '../../src/settings-load.ts'

/** Every key with its default. */
export const exampleText = (): string => `${JSON.stringify(loadSettings({ env: {}, flags: {} }), null, 2)}\n`

const intro = `# Settings

Every setting with its default. This page is generated from the schema that checks them (\`src/settings.ts\`).

A setting is taken from the first of these that has it: a flag of \`fogbell serve\`, the environment, the settings file
(\`--config FILE\` or \`FOGBELL_CONFIG\`), the default. No setting is required.

- The file is JSON without comments; \`config.example.json\` holds every key with its default. With an unknown key, a wrong type or a
  value out of range the server does not start, and all faults are listed at once. \`fogbell serve --check\` lists them and exits.
- Each setting has an environment variable. Lists and objects are given as JSON there, \`null\` as \`null\`. An empty variable
  counts as unset, an unknown \`FOGBELL_*\` is a fault.
- A secret may be in a file of its own: \`"key": {"file": "admin.key"}\`, relative to the settings file's folder; in the
  environment \`FOGBELL_ADMIN_KEY_FILE\`, relative to where the server is started.
- The flags also have short variables: \`FOGBELL_DATA\`, \`FOGBELL_MQTT_PORT\`, \`FOGBELL_FIRMWARE_PORT\`, \`FOGBELL_ADMIN_PORT\`,
  \`FOGBELL_HOST\`, \`FOGBELL_ENROLMENT\`, \`FOGBELL_LOG_LEVEL\`, \`FOGBELL_LOG_FORMAT\`. If both are set, the setting's own variable is used.
- \`--host\` is the address of every listener; \`--mqtt-port\` the port of the first \`mqtt://\` listener.
- SIGHUP reads the file again and takes from it certificates, \`mqtt.users\`, \`mqtt.anonymous\`, the limits of \`mqtt\` and the log level; everything else
  needs a restart.
`

const cell = (text: string): string => text.replaceAll('|', '\\|')
const code = (text: string): string => `\`${text}\``
const sentence = (text: string): string => (text === '' || text.endsWith('.') ? text : `${text}.`)

const describe = (node: SchemaNode): string => node.description ?? (node.anyOf?.[0] ? describe(node.anyOf[0]) : '')

const standard = (node: SchemaNode): string => (node.default === undefined ? '' : code(JSON.stringify(node.default)))

/** What a setting takes, with patterns and words as code. */
const takes = (node: SchemaNode): string => {
  const { main } = alternatives(node)
  const { pattern } = main
  const text = pattern === undefined ? say(expected(node)) : say(expected(node)).replace(pattern, () => code(pattern))
  return cell(text.replace(/"[^"]*"(?!:)|\{.*\}/g, (each) => code(each.replaceAll('"', each.startsWith('{') ? '"' : ''))))
}

const words = (node: SchemaNode): string => cell(sentence(describe(node)))

const table = (rows: readonly (readonly string[])[], head: readonly string[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')

/** The keys of an object in a list, or of one that may be null. */
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
