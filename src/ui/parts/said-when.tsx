// A sentence with a moment at its place in it, as each language orders them: `paused by mei 5 minutes ago`, `5分钟前由 mei 暂停`.

import { When } from './when.tsx'

/** `said`: with `{when}` where the moment belongs. */
export const SaidWhen = ({ said, at }: { readonly said: string; readonly at: string }) => {
  const [before = '', after = ''] = said.split('{when}')
  return (
    <span>
      {before}
      <When at={at} />
      {after}
    </span>
  )
}
