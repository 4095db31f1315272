// The title of the document where the heading of a view changes after it was first shown. Knows no view.

import { useEffect } from 'preact/hooks'
import { titleOf } from '../../router.ts'

export const useTitle = (heading: string): void =>
  useEffect(() => {
    document.title = titleOf(heading)
  }, [heading])
