/** Starts what pages do: charts in the width of the screen with values under the pointer, tables that sort and filter, the theme, printing. */

import { startCharts } from './chart.ts'
import { startTables } from './tables.ts'
import { startTheme } from './theme.ts'

/** Starts the whole page; returns a function that stops marking the current section. */
export function startPage(): () => void {
  startTheme()
  startTables(document)
  startCharts(document)
  openTarget()
  addEventListener('hashchange', openTarget)
  // What is folded on the screen is part of a printed page.
  addEventListener('beforeprint', () => {
    for (const details of document.querySelectorAll('details')) details.open = true
  })
  return markCurrentSection()
}

/** Opens the details that the address names. */
function openTarget(): void {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)))
  if (!(target instanceof HTMLDetailsElement)) return
  target.open = true
  target.querySelector('summary')?.focus({ preventScroll: true })
  target.scrollIntoView()
}

/** Marks the section on the screen in the table of contents. The returned function ends that. */
export function markCurrentSection(): () => void {
  const links = new Map(
    [...document.querySelectorAll<HTMLAnchorElement>('nav a[href^="#"]')].map((link) => [link.hash.slice(1), link]),
  )
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue
        for (const [id, link] of links) {
          if (id === target.id) link.setAttribute('aria-current', 'true')
          else link.removeAttribute('aria-current')
        }
      }
    },
    { rootMargin: '-10% 0px -80% 0px' },
  )
  for (const section of document.querySelectorAll('main > section')) observer.observe(section)
  return () => observer.disconnect()
}
