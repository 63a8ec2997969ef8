/** The page that people rank on. */

import type { PageState } from '../server.ts'
import { Order } from './order.ts'

const token = new URLSearchParams(location.search).get('token') ?? ''
const byId = <E extends HTMLElement = HTMLElement>(id: string) => document.getElementById(id) as E
const nameForm = byId<HTMLFormElement>('name')
const nameInput = byId<HTMLInputElement>('annotator')
const list = byId('responses')
const hint = byId('hint')

let annotator = localStorage.getItem('annotator') ?? ''
let state: PageState | undefined
let order = new Order(0)
let cards: HTMLElement[] = []
let ratings: Record<string, (number | null)[]> = {}
let began = 0
let busy = false

/** Calls the server, and returns whether the call succeeded. A ranking that could not be saved stays on the page. */
async function call(what: 'next' | 'rank' | 'skip' | 'undo', more: object = {}): Promise<boolean> {
  if (busy) return false
  busy = true
  try {
    const response = await fetch(what, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ annotator, ...more }),
    })
    const answer = await response.json()
    if (!response.ok) throw new Error(answer.error)
    take(answer as PageState)
    return true
  } catch (error) {
    const isGone = error instanceof TypeError
    hint.textContent = isGone
      ? 'llmpipe does not answer. Everything you submitted is saved. Start it again (llmpipe rank), then try once more.'
      : (error as Error).message
    return false
  } finally {
    busy = false
  }
}

function take(next: PageState): void {
  const isNew = next.task?.id !== state?.task?.id || next.task?.before !== undefined
  state = next
  const { progress, task, canUndo } = next
  hint.textContent = ''
  nameForm.hidden = true
  byId('work').hidden = task === undefined
  byId('over').hidden = task !== undefined
  byId<HTMLButtonElement>('undo').disabled = !canUndo
  byId('over-undo').hidden = !canUndo
  byId('who').textContent = progress.people.map(({ name, ranked }) => `${name} ${ranked}`).join(' · ')
  const alpha = progress.agreement === undefined ? '' : ` · agreement α ${progress.agreement.toFixed(2)}`
  byId('progress').textContent = `${progress.done} of ${progress.needed} ranked${alpha}`
  const bar = byId<HTMLProgressElement>('bar')
  bar.max = progress.needed
  bar.value = Math.min(progress.done, progress.needed)
  const download = byId<HTMLAnchorElement>('export')
  download.hidden = progress.people.length === 0
  download.href = `export.jsonl?token=${token}`
  if (task === undefined) {
    byId('over-title').textContent = next.isDone ? 'Enough is ranked. Thank you!' : 'No question is left for you.'
    byId('over-text').textContent = next.isDone
      ? 'The run continues by itself. You can close this page.'
      : 'You have ranked the remaining questions already, or others are ranking them.'
    return
  }
  if (isNew) show(task)
}

function show({ messages, responses, before }: NonNullable<PageState['task']>): void {
  const { guidelines, criteria } = state!
  byId('guidelines').hidden = guidelines === ''
  byId('guidelines').querySelector('div')!.textContent = guidelines
  byId('prompt').replaceChildren(
    ...messages.map(({ role, content }) => {
      const message = make('div', content)
      if (messages.length > 1) message.prepend(make('div', role, 'role'))
      return message
    }),
  )
  order = new Order(responses.length, before)
  ratings = Object.fromEntries(
    criteria.map((criterion) => [criterion, [...(before?.ratings?.[criterion] ?? responses.map(() => null))]]),
  )
  cards = responses.map((text, card) => makeCard(text, card, criteria))
  began = performance.now()
  draw()
  window.scrollTo(0, 0)
}

function make(tag: string, text = '', className = ''): HTMLElement {
  const element = document.createElement(tag)
  element.textContent = text
  if (className !== '') element.className = className
  return element
}

function makeCard(text: string, card: number, criteria: readonly string[]): HTMLElement {
  const element = make('li', '', 'card')
  element.dataset.card = String(card)
  const rank = make('div', '', 'rank')
  rank.append(make('b'), make('span'))
  const moves = make('div', '', 'moves')
  const button = (label: string, title: string, act: (position: number) => void) => {
    const made = make('button', label) as HTMLButtonElement
    made.type = 'button'
    made.title = title
    made.setAttribute('aria-label', `${title}: answer ${card + 1}`)
    made.addEventListener('click', () => {
      act(order.cards.indexOf(card))
      draw()
    })
    moves.append(made)
  }
  button('↑', 'Better', (position) => order.move(position, position - 1))
  button('↓', 'Worse', (position) => order.move(position, position + 1))
  button('=', 'Tie with the one above', (position) => order.tie(position))
  button('⚑', 'Harmful', () => order.flag(card))
  element.append(rank, make('div', text, 'text'), moves)
  if (criteria.length > 0) element.append(makeRatings(card, criteria))
  element.addEventListener('pointerdown', (event) => drag(event, card))
  return element
}

function makeRatings(card: number, criteria: readonly string[]): HTMLElement {
  const all = make('div', '', 'ratings')
  for (const criterion of criteria) {
    const label = make('label', `${criterion} `)
    const select = document.createElement('select')
    select.append(...['', '1', '2', '3', '4', '5'].map((each) => new Option(each === '' ? '–' : each, each)))
    select.value = String(ratings[criterion]?.[card] ?? '')
    select.addEventListener('change', () => {
      ratings[criterion]![card] = select.value === '' ? null : Number(select.value)
    })
    label.append(select)
    all.append(label)
  }
  return all
}

/** Updates the list to the order. The cards stay the same elements, so that focus and drags survive. */
function draw(): void {
  const focused = document.activeElement
  const ranks = order.ranks()
  for (const [position, card] of order.cards.entries()) {
    const element = cards[card]!
    if (list.children[position] !== element) list.insertBefore(element, list.children[position] ?? null)
    element.classList.toggle('tied', order.tied[position]!)
    element.classList.toggle('chosen', position === order.chosen)
    element.classList.toggle('flagged', order.flagged.has(card))
    element.querySelector('.rank b')!.textContent = `${ranks[card]}`
    element.querySelector('.rank span')!.textContent = `key ${card + 1}`
    const [, , tie, flag] = element.querySelectorAll('.moves button')
    tie!.setAttribute('aria-pressed', String(order.tied[position]))
    flag!.setAttribute('aria-pressed', String(order.flagged.has(card)))
  }
  while (list.children.length > cards.length) list.lastElementChild!.remove()
  if (focused instanceof HTMLElement && focused !== document.body) focused.focus({ preventScroll: true })
}

/** Lets a card follow the pointer: a finger drags it by its number, a mouse by any part. */
function drag(event: PointerEvent, card: number): void {
  const target = event.target as Element
  if (event.button !== 0 || target.closest('button, select, label')) return
  if (event.pointerType !== 'mouse' && !target.closest('.rank')) return
  event.preventDefault()
  order.choose(order.cards.indexOf(card))
  const element = cards[card]!
  const move = ({ clientY }: PointerEvent) => {
    const others = order.cards.filter((each) => each !== card)
    const to = others.filter((each) => {
      const { top, height } = cards[each]!.getBoundingClientRect()
      return clientY > top + height / 2
    }).length
    const from = order.cards.indexOf(card)
    if (to !== from) {
      element.classList.add('dragged')
      order.move(from, to)
    }
    draw()
  }
  const end = () => {
    document.removeEventListener('pointermove', move)
    document.removeEventListener('pointerup', end)
    document.removeEventListener('pointercancel', end)
    element.classList.remove('dragged')
  }
  document.addEventListener('pointermove', move)
  document.addEventListener('pointerup', end)
  document.addEventListener('pointercancel', end)
  draw()
}

let askedAgain = false

function submit(): void {
  const task = state?.task
  if (task === undefined) return
  if (!order.touched && !askedAgain) {
    askedAgain = true
    hint.textContent = 'You have not changed the order. Submit again to keep it.'
    return
  }
  const rated = Object.entries(ratings).filter(([, values]) => values.some((value) => value !== null))
  void call('rank', {
    task: task.id,
    ranks: order.ranks(),
    flagged: [...order.flagged],
    ...(rated.length === 0 ? {} : { ratings: Object.fromEntries(rated) }),
    seconds: (performance.now() - began) / 1000,
  }).then((isSaved) => {
    if (isSaved) askedAgain = false
  })
}

const skip = () => void call('skip', { task: state?.task?.id })
const undo = () => void call('undo')

function key(event: KeyboardEvent): void {
  if (byId('work').hidden || event.ctrlKey || event.metaKey || event.altKey) return
  const target = event.target as Element
  if (target.closest('input, select') || (target.closest('button, summary, a') && /^(Enter| )$/.test(event.key))) return
  const step = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0
  if (step !== 0 && event.shiftKey) order.move(order.chosen, order.chosen + step)
  else if (step !== 0) order.choose(order.chosen + step)
  else if (/^[1-9]$/.test(event.key) && Number(event.key) <= cards.length) order.place(Number(event.key) - 1)
  else if (event.key === '=') order.tie(order.chosen)
  else if (event.key === 'f') order.flag(order.cards[order.chosen]!)
  else if (event.key === 'Enter') submit()
  else if (event.key === 's') skip()
  else if (event.key === 'u') undo()
  else return
  event.preventDefault()
  draw()
  cards[order.cards[order.chosen]!]?.scrollIntoView({ block: 'nearest' })
}

document.addEventListener('keydown', key)
byId('submit').addEventListener('click', submit)
byId('skip').addEventListener('click', skip)
byId('undo').addEventListener('click', undo)
byId('over-undo').addEventListener('click', undo)
nameForm.addEventListener('submit', (event) => {
  event.preventDefault()
  annotator = nameInput.value.trim()
  if (annotator === '') return
  localStorage.setItem('annotator', annotator)
  void call('next')
})
byId('who').addEventListener('click', () => askName())

function askName(): void {
  nameInput.value = annotator
  nameForm.hidden = false
  byId('work').hidden = true
  byId('over').hidden = true
  nameInput.focus()
}

// A task can become free again when somebody takes a ranking back.
setInterval(() => {
  if (state !== undefined && state.task === undefined && !state.isDone) void call('next')
}, 5000)

if (annotator === '') askName()
else void call('next')
