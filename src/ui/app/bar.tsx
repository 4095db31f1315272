// The bar above the views: where to go, the search for devices, and the menu of who is signed in.

import { useRef } from 'preact/hooks'
import { caller, signOut } from '../api/session.ts'
import { Menu } from '../parts/menu.tsx'
import { attempt } from '../parts/toast.tsx'
import { go, place } from '../router.ts'
import { text, timeZone } from '../text/text.ts'
import { chooseTheme, type Theme, theme, themes } from '../theme.ts'
import { showKeys } from './keys.tsx'
import { Choose, LanguageChoice } from './language-choice.tsx'
import { navEntries } from './views.ts'

const isCurrent = (href: string, path: string): boolean => (href === '/' ? path === '/' : path === href || path.startsWith(`${href}/`))

const Navigation = () => (
  <nav aria-label={text('nav.name')}>
    {navEntries.map(({ href, text: key }) => (
      <a key={href} href={href} {...(isCurrent(href, place.value.path) ? { 'aria-current': 'page' } : {})}>
        {text(key)}
      </a>
    ))}
  </nav>
)

const Search = () => {
  const input = useRef<HTMLInputElement>(null)
  const search = (event: Event): void => {
    event.preventDefault()
    const q = input.current?.value.trim() ?? ''
    go(q === '' ? '/devices' : `/devices?q=${encodeURIComponent(q)}`)
  }
  return (
    <search>
      <form onSubmit={search}>
        <input id="search" ref={input} type="search" aria-label={text('nav.search')} placeholder={text('nav.search')} maxLength={256} />
      </form>
    </search>
  )
}

const ThemeChoice = () => (
  <Choose<Theme>
    label={text('menu.theme')}
    value={theme.value}
    options={themes.map((each) => [each, text(`theme.${each}`)] as const)}
    onChoose={chooseTheme}
  />
)

const OwnMenu = () => {
  const who = caller.value
  if (who === null || who === undefined) return null
  return (
    <Menu title={text('menu.who', { name: who.name, role: text(`role.${who.role}`) })}>
      <LanguageChoice />
      <ThemeChoice />
      <p class="dim small">{text('menu.zone', { zone: timeZone() })}</p>
      <button type="button" onClick={showKeys}>
        {text('keys.title')}
      </button>
      <button type="button" onClick={() => void attempt(() => signOut(false))}>
        {text('menu.signOut')}
      </button>
      <button type="button" onClick={() => void attempt(() => signOut(true))}>
        {text('menu.signOutEverywhere')}
      </button>
    </Menu>
  )
}

export const Bar = () => (
  <header class="bar">
    <a class="brand" href="/">
      Fogbell
    </a>
    <Navigation />
    <Search />
    <OwnMenu />
  </header>
)
