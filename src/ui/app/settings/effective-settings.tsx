// The settings in effect, and where each came from; what somebody has set comes first. Secrets are masked by the server.

import { useFetched } from '../../api/fetched.ts'
import type { Setting } from '../../api/records.d.ts'
import { Refused } from '../../parts/refused.tsx'
import { Said } from '../../parts/said.tsx'
import { query, setQuery } from '../../router.ts'
import { number, text } from '../../text/text.ts'
import { Section } from './section.tsx'
import { groupSettings, settingText } from './setting-values.ts'

const Row = ({ setting: { path, value, source, from, description } }: { readonly setting: Setting }) => (
  <tr>
    <td>
      <code>{path}</code>
      <div class="dim small">
        <Said said={description} />
      </div>
    </td>
    <td>
      <code>{settingText(value)}</code>
    </td>
    <td>
      {text(`settings.source.${source}`)}
      {from === null ? null : (
        <div class="small">
          <code>{from}</code>
        </div>
      )}
    </td>
  </tr>
)

const columns = ['setting', 'value', 'source'] as const

const Table = ({ title, settings }: { readonly title: string; readonly settings: readonly Setting[] }) => (
  <div class="stack">
    <h3>
      {title} <span class="dim">{number(settings.length)}</span>
    </h3>
    {settings.length === 0 ? null : (
      <table class="stacks values">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {text(`settings.column.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {settings.map((setting) => (
            <Row key={setting.path} setting={setting} />
          ))}
        </tbody>
      </table>
    )}
  </div>
)

export const EffectiveSettings = () => {
  const { data, problem, reload } = useFetched<{ readonly items: readonly Setting[] }>('/settings')
  const filter = query.value.get('q') ?? ''
  const { given, defaults } = groupSettings(data?.items ?? [], filter)
  return (
    <Section name="effective">
      <p class="dim">{text('settings.effective.hint')}</p>
      <label class="row">
        {text('settings.effective.filter')}
        <input type="search" name="q" value={filter} onInput={(event) => setQuery({ q: event.currentTarget.value })} />
      </label>
      {problem === null ? null : <Refused problem={problem} onRetry={reload} />}
      {data === null ? null : (
        <>
          {given.length + defaults.length === 0 ? <p class="dim">{text('settings.effective.noMatch', { filter })}</p> : null}
          <Table title={text('settings.effective.given')} settings={given} />
          <Table title={text('settings.effective.defaults')} settings={defaults} />
        </>
      )}
    </Section>
  )
}
