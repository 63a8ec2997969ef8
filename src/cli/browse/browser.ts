/** The state of `browse`, and what its keys do. It reads documents while they are asked for, a block between two frames. */

import { StageError, systemCode } from '../../core/failure.ts'
import type { Ledger } from '../../core/ledger.ts'
import type { Pager, PagerKey } from '../../dashboard/pager.ts'
import { Matches } from '../../data/browse/matches.ts'
import { type Document, idOf } from '../../data/document.ts'
import { type BrowsedItem, type BrowseSize, browseFrame, pageOf } from '../../view/browse/frame.ts'
import { bytes, count, percent, plural } from '../../view/format.ts'
import { Refusal } from '../terminal/refusal.ts'
import { type Condition, conditionOf } from './condition.ts'

export interface Browsed {
  readonly name: string
  readonly folder: string
  readonly ledger: Ledger | undefined
}

/** How many documents are found beyond the one that is shown. */
const ahead = 200
/** How many read documents are remembered. */
const remembered = 300

export class Browser implements Pager {
  readonly #browsed: Browsed
  readonly #drops: readonly BrowsedItem[]
  readonly #onQuit: () => void
  #redraw = () => {}
  #matches: Matches
  #condition: Condition | undefined
  #read = new Map<number, BrowsedItem>()
  #isDrops = false
  #isHelp = false
  #selected = 0
  #scroll = 0
  #search = ''
  #message = ''
  #prompt: { readonly kind: 'search' | 'where'; readonly typed: string } | undefined
  /** The number of documents to find, and whether a loop finds them. */
  #wanted = 0
  #isFinding = false
  /** The searches that were begun: an older one ends when it sees a newer one. */
  #seeks = 0

  private constructor(browsed: Browsed, matches: Matches, onQuit: () => void) {
    this.#browsed = browsed
    this.#matches = matches
    this.#drops = dropsOf(browsed.ledger)
    this.#onQuit = onQuit
  }

  /** Opens an artefact of documents; `onQuit` is called when the user leaves. Throws a Refusal for a condition with errors. */
  static async open(browsed: Browsed, where: string | undefined, onQuit: () => void): Promise<Browser> {
    const condition = where === undefined ? undefined : conditionOf(where)
    const browser = new Browser(browsed, await Matches.of(browsed.folder, condition?.test), onQuit)
    browser.#condition = condition
    browser.#want(ahead)
    return browser
  }

  changed(redraw: () => void): void {
    this.#redraw = redraw
  }

  frame(size: BrowseSize) {
    const known = this.#known
    const prompt = this.#prompt
    return browseFrame(
      {
        name: this.#isDrops ? `${this.#browsed.name}: dropped documents` : this.#browsed.name,
        amount: this.#amount(),
        condition: this.#conditionLine(),
        position: known === 0 ? '' : `document ${count(this.#selected + 1)} of ${this.#of()}`,
        selected: this.#selected,
        known,
        scroll: this.#scroll,
        search: this.#search,
        isHelp: this.#isHelp,
        message: this.#message,
        ...(prompt && { prompt: { label: prompt.kind === 'where' ? 'where: ' : 'search: ', typed: prompt.typed } }),
        item: (index) => this.#item(index),
      },
      size,
    )
  }

  key(key: PagerKey, size: BrowseSize): void {
    if (this.#prompt !== undefined) {
      this.#typing(key)
      return
    }
    this.#message = ''
    if ('typed' in key) {
      // A terminal may pass several typed characters at once.
      for (const character of key.typed) this.#letter(character, size)
      return
    }
    if (key.name === 'interrupt') this.#onQuit()
    else if (key.name === 'up') this.#select(this.#selected - 1)
    else if (key.name === 'down') this.#select(this.#selected + 1)
    else if (key.name === 'pageUp') this.#select(this.#selected - size.rows)
    else if (key.name === 'pageDown') this.#select(this.#selected + size.rows)
    else if (key.name === 'escape') this.#escape()
  }

  #letter(character: string, size: BrowseSize): void {
    if (character === 'q') this.#onQuit()
    else if (character === 'k') this.#select(this.#selected - 1)
    else if (character === 'j') this.#select(this.#selected + 1)
    else if (character === ' ') this.#scroll += pageOf(size)
    else if (character === 'b') this.#scroll = Math.max(0, this.#scroll - pageOf(size))
    else if (character === 'g') this.#select(0)
    else if (character === 'G') this.#last()
    else if (character === '/') this.#prompt = { kind: 'search', typed: '' }
    else if (character === 'n') void this.#seek()
    else if (character === 'w') this.#prompt = { kind: 'where', typed: this.#condition?.text ?? '' }
    else if (character === 'd') this.#toggleDrops()
    else if (character === '?') this.#isHelp = !this.#isHelp
  }

  #typing(key: PagerKey): void {
    const { kind, typed } = this.#prompt!
    if ('typed' in key) this.#prompt = { kind, typed: typed + key.typed.replace(/[\p{Cc}]/gu, '') }
    else if (key.name === 'backspace') this.#prompt = { kind, typed: [...typed].slice(0, -1).join('') }
    else if (key.name === 'escape' || key.name === 'interrupt') this.#prompt = undefined
    else if (key.name === 'return') {
      this.#prompt = undefined
      if (kind === 'where') void this.#filter(typed.trim())
      else {
        this.#search = typed
        void this.#seek(0)
      }
    }
  }

  /** Leaves one thing after the other: a search, the help, the drops, the marks, the condition. */
  #escape(): void {
    this.#seeks++
    if (this.#wanted > this.#selected + ahead) this.#wanted = this.#matches.found
    else if (this.#isHelp) this.#isHelp = false
    else if (this.#isDrops) this.#toggleDrops()
    else if (this.#search !== '') this.#search = ''
    else if (this.#condition !== undefined) void this.#filter('')
  }

  get #known(): number {
    return this.#isDrops ? this.#drops.length : this.#matches.found
  }

  #select(index: number): void {
    const to = Math.max(0, Math.min(index, this.#known - 1))
    if (to !== this.#selected) this.#scroll = 0
    this.#selected = to
    if (!this.#isDrops) this.#want(to + ahead)
  }

  #last(): void {
    this.#select(this.#known - 1)
    if (this.#isDrops || this.#matches.isDone) return
    this.#want(Number.POSITIVE_INFINITY)
  }

  #toggleDrops(): void {
    if (this.#drops.length === 0) {
      this.#message =
        this.#browsed.ledger === undefined ? 'this stage has no ledger' : 'no rule of this stage dropped a document'
      return
    }
    this.#isDrops = !this.#isDrops
    this.#selected = 0
    this.#scroll = 0
  }

  /** Shows only the documents that meet a condition; all for an empty text. */
  async #filter(text: string): Promise<void> {
    try {
      const condition = text === '' ? undefined : conditionOf(text)
      this.#matches = await Matches.of(this.#browsed.folder, condition?.test)
      this.#condition = condition
    } catch (error) {
      this.#message = inWords(error)
      this.#redraw()
      return
    }
    this.#read = new Map()
    this.#isDrops = false
    this.#selected = 0
    this.#scroll = 0
    this.#wanted = 0
    this.#want(ahead)
    this.#redraw()
  }

  /** Finds documents until there are `wanted`. */
  #want(wanted: number): void {
    this.#wanted = Math.max(this.#wanted, wanted)
    if (!this.#isFinding) void this.#find()
  }

  async #find(): Promise<void> {
    this.#isFinding = true
    while (!this.#matches.isDone && this.#matches.found < this.#wanted) {
      const isLast = this.#wanted === Number.POSITIVE_INFINITY
      this.#step()
      if (isLast && this.#wanted === Number.POSITIVE_INFINITY) this.#selected = Math.max(0, this.#matches.found - 1)
      this.#redraw()
      await new Promise(setImmediate)
    }
    if (this.#wanted === Number.POSITIVE_INFINITY) this.#wanted = this.#matches.found
    this.#isFinding = false
    this.#redraw()
  }

  /** Reads a block, and returns whether that worked. A document that the condition cannot judge ends the condition. */
  #step(): boolean {
    try {
      this.#matches.step()
      return true
    } catch (error) {
      void this.#filter('')
      this.#wanted = 0
      this.#message = inWords(error)
      return false
    }
  }

  /** Goes to the next document with the searched text, from the one `after` the selected. */
  async #seek(after = 1): Promise<void> {
    if (this.#search === '') {
      this.#message = 'nothing was searched for: /'
      return
    }
    const own = ++this.#seeks
    const what = this.#search.toLowerCase()
    const matches = this.#matches
    for (let index = this.#selected + after; ; index++) {
      while (!this.#isDrops && index >= matches.found && !matches.isDone) if (!this.#step()) return
      if (index >= this.#known) break
      if (index % 64 === 0) {
        this.#message = `searching, ${percent(matches.total === 0 ? 1 : matches.scanned / matches.total)} read: esc stops`
        this.#redraw()
        await new Promise(setImmediate)
        if (own !== this.#seeks || matches !== this.#matches) return
      }
      if (!this.#item(index)?.text.toLowerCase().includes(what)) continue
      this.#message = ''
      this.#select(index)
      this.#redraw()
      return
    }
    this.#message = `no further document has “${this.#search}”`
    this.#redraw()
  }

  #item(index: number): BrowsedItem | undefined {
    if (this.#isDrops) return this.#drops[index]
    if (index >= this.#matches.found) return undefined
    const known = this.#read.get(index)
    if (known !== undefined) return known
    const item = this.#itemFromFile(index)
    this.#read.set(index, item)
    // A Map has the order in which keys were added: the first one is the oldest.
    if (this.#read.size > remembered) this.#read.delete(this.#read.keys().next().value!)
    return item
  }

  #itemFromFile(index: number): BrowsedItem {
    try {
      const found = this.#matches.read(index)
      if ('document' in found) return itemOf(found.document, this.#condition)
      return {
        id: '–',
        text: found.beginning,
        fields: [],
        note: `a line of ${bytes(found.bytes)}, of which this is the beginning`,
      }
    } catch (error) {
      return { id: '–', text: '', fields: [], note: inWords(error) }
    }
  }

  #amount(): string {
    if (this.#isDrops) return `${plural(this.#drops.length, 'samples')} of ${count(droppedIn(this.#browsed.ledger))}`
    const { ledger } = this.#browsed
    const size = bytes(this.#matches.total)
    return ledger === undefined ? size : `${plural(ledger.out.documents, 'documents')}, ${size}`
  }

  #conditionLine(): string {
    if (this.#isDrops || this.#condition === undefined) return ''
    const { found, scanned, total, isDone, tooLong } = this.#matches
    const left = tooLong === 0 ? '' : `, ${plural(tooLong, 'lines')} too long to test`
    const read = isDone ? '' : `, ${percent(scanned / total)} read`
    return `where ${this.#condition.text}: ${count(found)} found${read}${left}`
  }

  #of(): string {
    if (this.#isDrops || this.#matches.isDone) return count(this.#known)
    const { ledger } = this.#browsed
    if (this.#condition === undefined && ledger !== undefined) return count(ledger.out.documents)
    return `${count(this.#known)} so far`
  }
}

function itemOf(document: Document, condition: Condition | undefined): BrowsedItem {
  const { text, fields, sources } = document
  return {
    id: idOf(document),
    text,
    fields: Object.entries(fields).map(([name, value]) => [
      name,
      sources?.get(name) ?? (typeof value === 'string' ? value : JSON.stringify(value)),
    ]),
    ...(condition === undefined ? {} : { note: condition.explain(document) }),
  }
}

/** The samples of dropped documents in a ledger, the rule that dropped most first. */
function dropsOf(ledger: Ledger | undefined): BrowsedItem[] {
  const rules = [...(ledger?.dropped ?? [])].sort((a, b) => b.documents - a.documents)
  return rules.flatMap(({ rule, documents, samples }) =>
    samples.map(({ id, text, value, twin }, i) => ({
      id,
      text: twin === undefined ? text : `${twin.dropped}\n\n${twin.id} stayed:\n\n${twin.kept}`,
      fields: value === undefined ? [] : [['saw', value] as const],
      note: `${rule} (${i + 1} of ${count(documents)})`,
    })),
  )
}

function droppedIn(ledger: Ledger | undefined): number {
  return (ledger?.dropped ?? []).reduce((sum, { documents }) => sum + documents, 0)
}

function inWords(error: unknown): string {
  if (error instanceof Refusal || error instanceof StageError) return error.message
  // The artefact may be collected while it is read.
  if (systemCode(error) !== undefined) return `the documents cannot be read: ${(error as Error).message}`
  throw error
}
