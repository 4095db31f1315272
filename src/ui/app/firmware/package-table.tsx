// The table of packages.

import { request } from '../../api/client.ts'
import type { Firmware } from '../../api/records.d.ts'
import { Action } from '../../parts/action.tsx'
import { CopyButton, CopyCurl } from '../../parts/copy.tsx'
import { ask } from '../../parts/dialog.tsx'
import { attempt } from '../../parts/toast.tsx'
import { When } from '../../parts/when.tsx'
import { bytes, listed, text } from '../../text/text.ts'
import { NewCampaignLink, Runners, Users } from './package-links.tsx'
import type { PackageList } from './package-list.ts'

const remove = async (firmware: Firmware, onDone: () => void): Promise<void> => {
  const { id, product, module, version, size, usage } = firmware
  const named = { product, module, version }
  const isSure = await ask({
    title: text('firmware.packages.removeTitle', named),
    body: [
      <p key="body">{text('firmware.packages.removeBody', { size: bytes(size), n: usage?.devices ?? 0 })}</p>,
      ...((usage?.campaigns.length ?? 0) === 0
        ? []
        : [<p key="needed">{text('firmware.packages.neededBy')}</p>, <Users key="users" {...firmware} />]),
      <p key="curl">
        <CopyCurl needs="operator" method="DELETE" path={`/firmware/${id}`} />
      </p>,
    ],
    action: text('firmware.packages.removeAct'),
  })
  if (!isSure) return
  const isDone = await attempt(() => request(`/firmware/${id}`, { method: 'DELETE' }), text('firmware.packages.removed', named))
  if (isDone) onDone()
}

/** Over what is below: nothing moves when it is opened. */
const Digests = ({ sha256, md5, checksum, signMethod, description }: Firmware) => (
  <details class="digests">
    <summary>
      <code>{sha256.slice(0, 12)}</code>
    </summary>
    <div>
      {description === '' ? null : <p class="whole">{description}</p>}
      <dl>
        {(
          [
            [text('firmware.packages.sha256'), sha256],
            [text('firmware.packages.md5'), md5],
            [text('firmware.packages.checksum'), checksum],
          ] as const
        ).map(([name, digest]) => [
          <dt key={name}>{name}</dt>,
          <dd key={digest} class="row">
            <code class="digest">{digest}</code>
            <CopyButton value={digest} />
          </dd>,
        ])}
      </dl>
      <p class="dim small">{text('firmware.packages.signed', { method: signMethod })}</p>
    </div>
  </details>
)

const Name = ({ product, module, version, description, from }: Firmware) => (
  <>
    <strong>{product}</strong> {module === 'default' ? null : <span>{module} </span>}
    <strong>{version}</strong>
    {from.length === 0 ? null : <span class="dim"> {text('firmware.packages.from', { versions: listed([...from]) })}</span>}
    {description === '' ? null : (
      <p class="dim description" title={description}>
        {description}
      </p>
    )}
  </>
)

const Row = ({ firmware, isGone, onDone }: { readonly firmware: Firmware; readonly isGone: boolean; readonly onDone: () => void }) => (
  <tr class={isGone ? 'gone' : ''}>
    <td class="package">
      <Name {...firmware} />
    </td>
    <td class="number" data-name={text('firmware.packages.size')} title={text('unit.bytes', { n: firmware.size })}>
      {bytes(firmware.size)}
    </td>
    <td class="runs" data-name={text('firmware.packages.runs')}>
      <Runners firmware={firmware} />
    </td>
    <td data-name={text('firmware.packages.usedBy')}>
      <Users {...firmware} />
    </td>
    <td data-name={text('firmware.packages.added')}>
      <When at={firmware.createdAt} />
    </td>
    <td data-name={text('firmware.packages.sha256')}>
      <Digests {...firmware} />
    </td>
    <td class="acts">
      {isGone ? (
        <span class="dim">{text('firmware.packages.gone')}</span>
      ) : (
        <div class="row">
          <NewCampaignLink firmware={firmware} label={text('campaign.new')} />
          <Action needs="operator" kind="danger" onAct={() => remove(firmware, onDone)}>
            {text('firmware.packages.remove')}
          </Action>
        </div>
      )}
    </td>
  </tr>
)

export const PackageTable = ({ list, items }: { readonly list: PackageList; readonly items: readonly Firmware[] }) => (
  <section class="sheet" {...list.handlers}>
    <table class="stacks packages">
      <thead>
        <tr>
          <th>{text('firmware.packages.package')}</th>
          <th class="number">{text('firmware.packages.size')}</th>
          <th>{text('firmware.packages.runs')}</th>
          <th>{text('firmware.packages.usedBy')}</th>
          <th>{text('firmware.packages.added')}</th>
          <th>{text('firmware.packages.sha256')}</th>
          <th>
            <span class="unseen">{text('firmware.packages.acts')}</span>
          </th>
        </tr>
      </thead>
      <tbody data-rows>
        {items.map((firmware) => (
          <Row key={firmware.id} firmware={firmware} isGone={list.gone.has(firmware.id)} onDone={list.refresh} />
        ))}
      </tbody>
    </table>
  </section>
)
