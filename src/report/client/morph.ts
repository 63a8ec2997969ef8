/**
 * Replaces the parts of a page that differ in a later version of it. The server's versions are compared with each other, because scripts have
 * changed the page itself; an element that a script added has the attribute `data-added`.
 */

import { startCharts } from './chart.ts'
import { startTables } from './tables.ts'

/** Elements whose children are replaced one by one. */
const containers = 'main, section, article, .charts, .histograms, nav ul, ol.graph'

/** Makes `now`, which was `before` when the server sent it, show what `next` shows. */
export function morph(now: Element, before: Element, next: Element): void {
  if (before.isEqualNode(next)) return
  if (now.matches(containers) && before.cloneNode().isEqualNode(next.cloneNode()) && now.id !== 'live')
    morphChildren(now, before, next)
  else replace(now, next)
}

function morphChildren(now: Element, before: Element, next: Element): void {
  const own = [...now.children].filter((child) => !(child instanceof HTMLElement && child.dataset.added !== undefined))
  const old = keyed([...before.children])
  const shown = new Map([...old.keys()].map((key, i) => [key, own[i]]))
  let last: Element | undefined
  const wanted = keyed([...next.children])
  for (const [key, child] of wanted) {
    const [there, was] = [shown.get(key), old.get(key)]
    if (there !== undefined && was !== undefined) {
      // The line of the connection belongs to the script.
      if (there.id !== 'live') morph(there, was, child)
      // The element may have been replaced.
      last = there.isConnected ? there : ((last === undefined ? now.firstElementChild : afterAdded(last)) ?? undefined)
      continue
    }
    const fresh = document.importNode(child, true)
    if (last === undefined) now.prepend(fresh)
    else last.after(fresh)
    start(fresh)
    last = fresh
  }
  for (const [key, element] of shown) if (!wanted.has(key)) remove(element)
}

/** The element after `element` that no script added. */
function afterAdded(element: Element): Element | null {
  let next = element.nextElementSibling
  while (next instanceof HTMLElement && next.dataset.added !== undefined) next = next.nextElementSibling
  return next
}

/** Elements by their id, or else by their name and number. */
function keyed(elements: readonly Element[]): Map<string, Element> {
  const counts = new Map<string, number>()
  return new Map(
    elements.map((element) => {
      if (element.id !== '') return [`#${element.id}`, element]
      const count = (counts.get(element.tagName) ?? 0) + 1
      counts.set(element.tagName, count)
      return [`${element.tagName} ${count}`, element]
    }),
  )
}

function remove(element: Element | undefined): void {
  if (element === undefined) return
  searchBoxOf(element)?.remove()
  element.remove()
}

/** The search box that a script put before a table. */
function searchBoxOf(element: Element): HTMLElement | undefined {
  const box = element.previousElementSibling
  return box instanceof HTMLElement && box.dataset.added !== undefined ? box : undefined
}

function replace(now: Element, next: Element): void {
  const restore = stateOf(now)
  const fresh = document.importNode(next, true)
  const box = searchBoxOf(now)
  const searched = box?.querySelector('input')?.value ?? ''
  const isSearching = box?.contains(document.activeElement) ?? false
  box?.remove()
  now.replaceWith(fresh)
  start(fresh)
  restore(fresh)
  const input = searchBoxOf(fresh)?.querySelector('input')
  if (input === undefined || input === null) return
  if (searched !== '') {
    input.value = searched
    input.dispatchEvent(new Event('input'))
  }
  if (isSearching) input.focus({ preventScroll: true })
}

function start(fresh: Element): void {
  startTables(fresh)
  startCharts(fresh)
}

const focusable = 'a[href], button, input, summary, [tabindex="0"]'
const scrolled = '.scroll, .filtered, pre'

/** Remembers the folds, the sorting, the scrolling and the focus of an element; the returned function gives them to the element that replaces it. */
function stateOf(now: Element): (fresh: Element) => void {
  const all = <E extends Element>(root: Element, selector: string) => [
    ...(root.matches(selector) ? [root as E] : []),
    ...root.querySelectorAll<E>(selector),
  ]
  const open = all<HTMLDetailsElement>(now, 'details').map((details) => details.open)
  const places = all(now, scrolled).map(({ scrollTop, scrollLeft }) => ({ scrollTop, scrollLeft }))
  const logarithmic = all(now, 'figure.chart').flatMap((each) =>
    each.querySelector('[aria-pressed="true"]') === null ? [] : [each.id],
  )
  const sorted = all(now, 'table').map((each) => {
    const heads = [...each.querySelectorAll('th[scope="col"]')]
    const column = heads.findIndex((head) => head.hasAttribute('aria-sort'))
    return { column, isDescending: heads[column]?.getAttribute('aria-sort') === 'descending' }
  })
  const focused = document.activeElement === null ? -1 : all(now, focusable).indexOf(document.activeElement)
  return (fresh) => {
    for (const [i, details] of all<HTMLDetailsElement>(fresh, 'details').entries())
      details.open = open[i] ?? details.open
    for (const id of logarithmic) document.getElementById(id)?.querySelector<HTMLElement>('[aria-pressed]')?.click()
    for (const [i, each] of all(fresh, 'table').entries()) {
      const { column = -1, isDescending = false } = sorted[i] ?? {}
      const button = each.querySelectorAll('th[scope="col"]')[column]?.querySelector('button')
      button?.click()
      if (isDescending) button?.click()
    }
    for (const [i, each] of all(fresh, scrolled).entries()) Object.assign(each, places[i] ?? {})
    if (focused >= 0) all<HTMLElement>(fresh, focusable)[focused]?.focus({ preventScroll: true })
  }
}
