// A new campaign, a draft that is changed (`?edit=ID`), or a new campaign of the devices that failed in another one (`?retry=ID`): loads what
// the form begins with.

import { useEffect, useState } from 'preact/hooks'
import { useFetched } from '../../api/fetched.ts'
import type { Firmware } from '../../api/records.d.ts'
import { Refused } from '../../parts/refused.tsx'
import { refusalText } from '../../parts/toast.tsx'
import { query } from '../../router.ts'
import { text } from '../../text/text.ts'
import { type Beginning, beginningOf } from './campaign-beginning.ts'
import { CampaignFormView } from './campaign-form-view.tsx'
import './new-campaign.css'
import { useTitle } from './use-title.ts'

export const NewCampaign = () => {
  const [beginning, setBeginning] = useState<Beginning | null>(null)
  const [refusal, setRefusal] = useState<string | null>(null)
  const packages = useFetched<{ readonly items: readonly Firmware[] }>('/firmware?limit=1000')
  const [search] = useState(query.value)
  useEffect(() => {
    beginningOf(search).then(setBeginning, (thrown: unknown) => setRefusal(refusalText(thrown)))
  }, [])
  const title = beginning?.title ?? text('campaign.new')
  useTitle(title)
  return (
    <div class="view">
      <h1 tabIndex={-1}>{title}</h1>
      {packages.problem === null ? null : <Refused problem={packages.problem} onRetry={packages.reload} />}
      {refusal === null ? null : (
        <p class="sheet" role="alert">
          {refusal}
        </p>
      )}
      {beginning === null || packages.data === null ? null : <CampaignFormView beginning={beginning} packages={packages.data.items} />}
    </div>
  )
}
