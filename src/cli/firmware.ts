// fogbell firmware: adds, lists, shows and removes images. The upload is shared with `push`.

import { stat } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import { OtaError } from '../errors.ts'
import type { FirmwareView } from './api-records.ts'
import { addCommand, type Call, type Cli, idArgument, remote, repeatable } from './command.ts'
import { ago, bytes, clean, when, withLocalTimes } from './format.ts'
import { unreadable } from './given-file.ts'
import { createLive } from './live.ts'
import { writeList } from './output.ts'
import { usageError } from './problem-text.ts'
import { uploadLine } from './progress.ts'
import type { Cell } from './table.ts'
import { requiredOption } from './usage.ts'
import { pairs } from './wrap.ts'

export interface ImageOptions {
  readonly product: string
  readonly version: string
  readonly module?: string
  readonly description?: string
  readonly from?: readonly string[]
  readonly signMethod?: string
}

/** A smaller file is sent before a bar could be read, bytes. */
const worthABar = 1024 * 1024

const sizeOf = async (path: string): Promise<number> => {
  const found = await stat(path).catch((error: unknown) => {
    throw unreadable(path, error)
  })
  if (!found.isFile()) throw usageError(`${path} is not a file; give the path of the image itself`)
  if (found.size === 0) throw new OtaError('OTA_FIRMWARE_EMPTY', `${path} is empty; nothing was sent`)
  return found.size
}

/** Streams a file to the server. For bytes that are stored already, the answer is the existing record. */
export const uploadImage = async (call: Call, path: string, options: ImageOptions): Promise<FirmwareView> => {
  const size = await sizeOf(path)
  if (options.from?.includes(options.version) === true)
    throw usageError(`--from ${options.version} is the version of the image itself; omit it`)
  const query = {
    product: options.product,
    version: options.version,
    module: options.module,
    description: options.description,
    signMethod: options.signMethod,
    from: options.from,
  }
  const live = createLive(call.io, call.output)
  const shown = size >= worthABar && !call.output.json
  try {
    return await call.client.upload<FirmwareView>('/firmware', query, { path, size }, (sent) => {
      if (shown) live.draw([uploadLine(sent, size)])
    })
  } finally {
    live.end()
  }
}

/** `product mcu 1.0.1`. */
export const imageName = (image: FirmwareView): string => `${clean(image.product)} ${clean(image.module)} ${clean(image.version)}`

/** The server's warnings about what it has accepted, on stderr. */
export const noteWarnings = (call: Call, { warnings = [] }: { readonly warnings?: readonly string[] }): void => {
  if (call.output.json) return
  for (const warning of warnings) call.output.note(`${call.output.colors.yellow('warning:')} ${clean(withLocalTimes(warning))}`)
}

const linesOf = ({ io, output }: Call, image: FirmwareView): string[] => {
  const entries: [string, Cell][] = [
    ['firmware', image.id],
    ['product', clean(image.product)],
    ['module', clean(image.module)],
    ['version', clean(image.version)],
    ['for versions', image.from.length === 0 ? 'any' : image.from.map(clean).join(', ')],
    ['size', `${bytes(image.size)} (${image.size} bytes)`],
    ['sign method', image.signMethod],
    ['MD5', image.md5],
    ['SHA-256', image.sha256],
    ['checksum', image.checksum],
    ['description', clean(image.description)],
    ['added', when(image.createdAt, io.now())],
  ]
  return pairs(entries, output.columns)
}

const describe = (call: Call, image: FirmwareView): void => call.output.result(image, () => linesOf(call, image))

const addAdd = (cli: Cli, parent: Command): void => {
  const summary = 'Add an image. Adding the same bytes under the same name again changes nothing.'
  const command = addCommand(cli, parent, { flags: '<FILE>', description: 'the image' }, 'add', summary, async (call, path) => {
    const image = await uploadImage(call, path, command.opts<ImageOptions>())
    noteWarnings(call, image)
    describe(call, image)
  })
  requiredOption(command, '--product <key>', 'product key of the devices')
  requiredOption(command, '--version <version>', 'version that devices report when it is installed')
  command
    .option('--module <name>', 'module that it updates (default: default)')
    .option('--description <text>', 'text for people, sent to devices too')
    .addOption(new Option('--sign-method <method>', 'digest that devices verify the image with').choices(['MD5', 'SHA256']))
  repeatable(command, '--from <version>', 'only for devices on this version')
  command.addHelpText(
    'after',
    `
The same version may be added several times with different --from, such as differential images and a full one: a campaign
for any of them offers each device the first that fits; a full image (without --from) comes last.`,
  )
}

const addList = (cli: Cli, parent: Command): void => {
  const command = parent.command('list').description('List all images.')
  remote(cli, command, async ({ client, output, io }) => {
    await writeList(output, client.pages<FirmwareView>('/firmware'), {
      head: ['ID', 'PRODUCT', 'MODULE', 'VERSION', 'SIZE', 'FOR VERSIONS', 'ADDED'],
      row: (image) => [
        image.id,
        clean(image.product),
        clean(image.module),
        clean(image.version),
        bytes(image.size),
        image.from.length === 0 ? 'any' : image.from.map(clean).join(', '),
        ago(image.createdAt, io.now()),
      ],
      none: 'No firmware yet: fogbell firmware add FILE --product PK --version V',
    })
  })
}

/** Adds `fogbell firmware …`. */
export const addFirmware = (cli: Cli, program: Command): void => {
  const parent = program.command('firmware').description('Images: add, list, show, remove.')
  addAdd(cli, parent)
  addList(cli, parent)
  addCommand(cli, parent, idArgument('image'), 'show', 'Show an image with its digests.', async (call, id) =>
    describe(call, await call.client.get<FirmwareView>(`/firmware/${id}`)),
  )
  const removal = 'Remove an image that no open task or campaign needs.'
  addCommand(cli, parent, idArgument('image'), 'rm', removal, async ({ client, output }, id) => {
    await client.send('DELETE', `/firmware/${id}`)
    output.result({ id, removed: true }, () => [`firmware ${id} removed`])
  })
}
