// A line of the audit; opened, all that is kept of it.

import { useId, useState } from 'preact/hooks'
import type { AuditLine } from '../../api/records.d.ts'
import { CopyButton } from '../../parts/copy.tsx'
import { When } from '../../parts/when.tsx'
import { dateTime, number, text } from '../../text/text.ts'
import { type Change, changesOf, shortText, valueText } from './audit-values.ts'
import { actWords, subjectWords } from './audit-words.ts'
import { fieldWords, valueWords } from './fields.ts'

const shownChanges = 2

interface ValueFacts {
  readonly field: string
  readonly value: unknown
  readonly isShort: boolean
}

/** In words; as the API has it, under the pointer. */
const Value = ({ field, value, isShort }: ValueFacts) => {
  const said = valueWords(field, value)
  return <span title={said === valueText(value) ? undefined : valueText(value)}>{isShort ? shortText(said) : said}</span>
}

/** In words, with the identifier under the pointer, and beside it where there is room. */
const Field = ({ field, isShort }: Omit<ValueFacts, 'value'>) => (
  <>
    <span class="dim" title={field}>
      {fieldWords(field)}
    </span>{' '}
    {isShort || fieldWords(field) === field ? null : (
      <>
        <code class="small dim">{field}</code>{' '}
      </>
    )}
  </>
)

interface ChangeFacts {
  readonly change: Change
  readonly isShort: boolean
}

const ChangeText = ({ change: { field, before, after }, isShort }: ChangeFacts) => (
  <div>
    <Field field={field} isShort={isShort} />
    <Value field={field} value={before} isShort={isShort} /> → <Value field={field} value={after} isShort={isShort} />
  </div>
)

const Subject = ({ subject }: { readonly subject: string | null }) => {
  const words = subjectWords(subject)
  if (words === null) return <span class="dim">–</span>
  return words.href === null ? (
    <bdi>{words.said}</bdi>
  ) : (
    <a href={words.href}>
      <bdi>{words.said}</bdi>
    </a>
  )
}

const Who = ({ line: { name, kind, role } }: { readonly line: AuditLine }) => (
  <>
    <bdi>{kind === 'server' ? text('log.kind.server') : name}</bdi>{' '}
    {kind === 'server' ? null : <span class="dim small">{role === null ? text(`log.kind.${kind}`) : roleText(role)}</span>}
  </>
)

const known = ['viewer', 'operator', 'admin', 'station'] as const
const roleText = (role: string): string => {
  const found = known.find((each) => each === role)
  return found === undefined ? role : text(`role.${found}`)
}

const Whole = ({ line }: { readonly line: AuditLine }) => {
  const changes = changesOf(line)
  return (
    <div class="whole">
      <dl class="facts">
        <dt>{text('log.whole.line')}</dt>
        <dd>
          {number(line.seq)} · <time dateTime={line.at}>{dateTime(Date.parse(line.at))}</time>
        </dd>
        <dt>{text('log.whole.by')}</dt>
        <dd>
          <bdi>{line.name}</bdi> ({[text(`log.kind.${line.kind}`), ...(line.role === null ? [] : [roleText(line.role)])].join(', ')})
        </dd>
        <dt>{text('log.whole.act')}</dt>
        <dd>
          <code>{line.act}</code>
        </dd>
        {changes.length === 0 ? null : <dt>{text('log.column.changes')}</dt>}
        {changes.length === 0 ? null : (
          <dd>
            {changes.map((change) => (
              <ChangeText key={change.field} change={change} isShort={false} />
            ))}
          </dd>
        )}
        {Object.keys(line.detail).length === 0 ? null : <dt>{text('log.whole.given')}</dt>}
        {Object.keys(line.detail).length === 0 ? null : (
          <dd>
            {Object.entries(line.detail).map(([name, value]) => (
              <div key={name}>
                <Field field={name} isShort={false} />
                <Value field={name} value={value} isShort={false} />
              </div>
            ))}
          </dd>
        )}
        <dt>{text('log.whole.hash')}</dt>
        <dd>
          <code>{line.hash}</code> <CopyButton value={`${line.seq}:${line.hash}`} />
        </dd>
      </dl>
    </div>
  )
}

export const AuditRow = ({ line }: { readonly line: AuditLine }) => {
  const [isOpen, setOpen] = useState(false)
  const id = useId()
  const changes = changesOf(line)
  return (
    <>
      <tr>
        <td>
          <When at={line.at} />
        </td>
        <td>
          <Who line={line} />
        </td>
        <td data-name={text('log.column.from')}>{line.address ?? '–'}</td>
        <td>{actWords(line.act)}</td>
        <td>
          <Subject subject={line.subject} />
        </td>
        <td class="changes">
          {changes.slice(0, shownChanges).map((change) => (
            <ChangeText key={change.field} change={change} isShort={true} />
          ))}
          {changes.length > shownChanges ? <div class="dim">{text('log.moreChanges', { n: changes.length - shownChanges })}</div> : null}
        </td>
        <td class="number">
          <button type="button" class="plain" aria-expanded={isOpen} aria-controls={id} onClick={() => setOpen(!isOpen)}>
            {text(isOpen ? 'log.less' : 'log.more')}
            <span class="unseen">{text('log.ofLine', { seq: line.seq })}</span>
          </button>
        </td>
      </tr>
      <tr class="more" id={id} hidden={!isOpen}>
        <td colSpan={7}>{isOpen ? <Whole line={line} /> : null}</td>
      </tr>
    </>
  )
}
