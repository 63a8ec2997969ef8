/** The theme: that of the system, or the one that the reader chose, which the browser remembers where it may. */

const themes = ['auto', 'light', 'dark'] as const
type Theme = (typeof themes)[number]

const place = 'llmpipe-report-theme'

export function startTheme(): void {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'theme'
  let theme = remembered()
  const show = () => {
    document.documentElement.dataset.theme = theme
    button.textContent = `theme: ${theme}`
  }
  button.addEventListener('click', () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length]!
    remember(theme)
    show()
  })
  show()
  document.querySelector('nav')?.append(button)
}

function remembered(): Theme {
  try {
    return themes.find((theme) => theme === localStorage.getItem(place)) ?? 'auto'
  } catch {
    // Pages from files have no storage in some browsers.
    return 'auto'
  }
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem(place, theme)
  } catch {
    // It lasts as long as the page.
  }
}
