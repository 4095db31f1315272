// The table of the state machine for Chinese readers: the printed one, phrase by phrase. A phrase that has no Chinese yet is refused.

/** Names of states, reasons and methods stay as the API has them. */
const phrases: ReadonlyMap<string, string> = new Map([
  ['event', '事件'],
  ['offered (push, or answer to `firmware.get`)', '下发（推送，或应答 `firmware.get`）'],
  ['offered after its slot was released', '释放并发名额之后再次下发'],
  ['could not be written', '未能写入连接'],
  ['disconnected', '连接断开'],
  ['`upgrade.post` below -5', '`upgrade.post` 小于 -5'],
  ['bytes fetched by the link', '通过链接下载了字节'],
  ['`version.post`, the target', '`version.post`，目标版本'],
  ['`version.post`, the target, after a rollback', '`version.post`，目标版本，发生在回滚之后'],
  ['`version.post`, the old version', '`version.post`，旧版本'],
  [
    '`version.post`, the old version, on a later connection after all was fetched',
    '`version.post`，旧版本，在全部下载完成之后的另一次连接中',
  ],
  ['`version.post`, another version', '`version.post`，其他版本'],
  ['`version.post`, a version that the package cannot be applied to', '`version.post`，升级包不适用的版本'],
  ["the retry's delay is over", '重试的间隔时间已过'],
  ['15 min without a report or byte', '15 分钟没有上报，也没有下载字节'],
  ['60 min since the first report or byte, with more since', '距首次上报或首个字节已 60 分钟，其间仍有进展'],
  ['5 min after the old version was reported', '上报旧版本之后 5 分钟'],
  ['24 h without a report or byte', '24 小时没有上报，也没有下载字节'],
  ['cancel', '取消'],
  ['cancel with force', '强制取消'],
  ['stays', '不变'],
  ['stays: takes a slot', '不变：占用并发名额'],
  ['stays: its slot is released', '不变：释放并发名额'],
  ['stays: grace begins', '不变：宽限期开始'],
  ['step := value', 'step := 上报值'],
  ['bytes := value', 'bytes := 已下载值'],
  ['S := version', 'S := 上报的版本'],
  ['offered when due', '到时下发'],
  ['retry by policy', '按策略重试'],
  ['retry with `onTimeout`', '设置了 `onTimeout` 时重试'],
  ['a waiting retry is canceled', '取消等待中的重试'],
])

/** What is the same in Chinese: a dash, a rule of the table, names, steps. */
const asItIs = /^(?:–|---|[a-z_]+|`[a-z.]+` [-\d.]+)$/
/** `failed (rolled_back)` and the like. */
const reasoned = /^([a-z_]+) \(([a-z_]+)\)$/

const chinesePhrase = (phrase: string): string => {
  const found = phrases.get(phrase) ?? (asItIs.test(phrase) ? phrase : undefined)
  if (found !== undefined) return found
  const [, state, reason] = reasoned.exec(phrase) ?? []
  if (state === undefined) throw new Error(`no Chinese for "${phrase}" of the table of states`)
  return `${state}（${reason}）`
}

/** The printed table in Chinese. */
export const chineseTable = (printed: string): string =>
  printed.replace(/[^|\n]+/g, (cell) => {
    const text = cell.trim()
    return cell.startsWith(' ') && text !== '' ? ` ${text.split('; ').map(chinesePhrase).join('；')} ` : cell
  })
