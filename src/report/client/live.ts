/**
 * The script of the pages of `llmpipe ui`: asks the server whether the page has changed, and replaces the parts that have, so that what the reader
 * opened, sorted, searched and focused stays.
 */

import { morph } from './morph.ts'
import { markCurrentSection, startPage } from './start.ts'

/** Milliseconds between two questions, and the longest pause after a slow answer. */
const [shortest, longest] = [1_500, 30_000]

const token = new URLSearchParams(location.search).get('token') ?? ''
const status = document.getElementById('live')
/** The page as the server sent it last, which scripts did not change. */
let received = document.implementation.createHTMLDocument()
received.documentElement.innerHTML = document.documentElement.innerHTML
let stopMarking = startPage()
say('live')
let waiting = setTimeout(look, shortest)
document.addEventListener('visibilitychange', () => {
  if (document.hidden) return
  clearTimeout(waiting)
  waiting = setTimeout(look, 0)
})

async function look(): Promise<void> {
  clearTimeout(waiting)
  const began = performance.now()
  try {
    const { state = '', stamp } = document.body.dataset
    const answer = await fetch(`/state?${state}&token=${encodeURIComponent(token)}`)
    if (answer.status === 401) {
      say('llmpipe ui was started again, and has another address: its terminal shows it', true)
      return
    }
    const now = (await answer.json()) as { readonly stamp?: string }
    if (answer.ok && now.stamp !== stamp) await update()
    say('live')
  } catch {
    say('llmpipe ui does not answer. When it is started again, its terminal shows the new address.', true)
  }
  // A hidden page asks again when somebody looks at it.
  if (document.hidden) return
  waiting = setTimeout(look, Math.min(longest, Math.max(shortest, 5 * (performance.now() - began))))
}

/** Gets the page again and shows what is new in it. */
async function update(): Promise<void> {
  const answer = await fetch(location.pathname + location.search)
  if (!answer.ok) return
  const next = new DOMParser().parseFromString(await answer.text(), 'text/html')
  for (const part of ['main', 'nav ul:not(.views)', 'nav .views']) {
    const [now, before, after] = [document, received, next].map((each) => each.querySelector(part))
    if (now != null && before != null && after != null) morph(now, before, after)
  }
  document.title = next.title
  Object.assign(document.body.dataset, { state: next.body.dataset.state, stamp: next.body.dataset.stamp })
  received = next
  stopMarking()
  stopMarking = markCurrentSection()
}

function say(words: string, isTrouble = false): void {
  if (status === null || status.textContent === words) return
  status.textContent = words
  status.classList.toggle('trouble', isTrouble)
}
