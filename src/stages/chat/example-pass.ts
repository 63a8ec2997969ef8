/** A pass over documents or examples that writes examples: what pair, conversations, prompts, rankings and their like share. */

import type { Artefact } from '../../core/artefact.ts'
import { StageError } from '../../core/failure.ts'
import type { JsonObject } from '../../core/json.ts'
import type { StageReport } from '../../core/report.ts'
import type { StageContext } from '../../core/stage.ts'
import {
  bytesOf,
  type Example,
  type Examples,
  ExampleWriter,
  isExampleKind,
  readExamples,
  stems,
  textsOf,
} from '../../data/conversations/examples.ts'
import { namesOf } from '../../data/conversations/fields.ts'
import { Document, idOf } from '../../data/document.ts'
import { exactFields } from '../../data/json/exact-json.ts'
import { type ChangeCount, LedgerBook, type RuleCount } from '../../data/ledger.ts'
import { Pace } from '../../data/pace.ts'
import { documentOf, linesOfShard, ShardWriter, shardsIn } from '../../data/shards/shards.ts'

/** A document or an example on its way. */
export interface Item {
  readonly id: string
  /** All its text, for the ledger. */
  readonly text: string
  /** Of a document: its fields, its id and its text among them; of an example nothing. */
  readonly fields: JsonObject
  readonly document?: Document
  readonly example?: Example
}

/** How many rules a warning names. */
const warned = 3

/** Reads an artefact of documents or examples, saying how far it is, and stopping where asked to. */
export async function* itemsOf(stage: StageContext, artefact: Artefact, phase: string): AsyncGenerator<Item> {
  const { kind, path } = artefact
  const examples = isExampleKind(kind)
  const total = examples ? await bytesOf(path, kind) : (await shardsIn(path)).reduce((sum, { size }) => sum + size, 0)
  const batches = examples ? exampleItems(path, kind) : documentItems(path)
  const pace = new Pace(stage, total, phase)
  let done = 0
  for await (const { items, bytes } of batches) {
    yield* items
    done += bytes
    await pace.at(done)
  }
}

async function* exampleItems(path: string, kind: keyof Examples) {
  for await (const { examples, bytes } of readExamples(path, kind)) {
    const items = (examples as readonly Example[]).map(
      (example): Item => ({ id: example.id, text: textsOf(example).join('\n\n'), fields: {}, example }),
    )
    yield { items, bytes }
  }
}

async function* documentItems(path: string) {
  for (const shard of await shardsIn(path)) {
    for await (const { lines, bytes } of linesOfShard(shard.path)) {
      const items = lines.filter((line) => line !== '').map((line) => itemOf(documentOf(line, shard.path)))
      yield { items, bytes }
    }
  }
}

function itemOf(document: Document): Item {
  const { text, fields } = document
  const id = idOf(document)
  // Documents made of records without a text have only their fields to show.
  const shown = text === '' ? JSON.stringify(fields) : text
  return { id, text: shown, fields: text === '' ? { id, ...fields } : { id, text, ...fields }, document }
}

/** The fields of a document, in which no number has lost digits: `ExactNumber`s stand for those that JavaScript would print otherwise. */
export function exactFieldsOf({ document, fields }: Item): JsonObject {
  return document?.sources === undefined ? fields : { ...fields, ...exactFields(document) }
}

/** Writes what a pass makes, and keeps its ledger. */
export class ExamplePass<K extends keyof Examples | 'Docs'> {
  readonly #step: string
  /** What it makes, in words. */
  readonly #noun: string
  readonly #examples: ExampleWriter<keyof Examples> | undefined
  readonly #documents: ShardWriter | undefined
  readonly #book = new LedgerBook()
  readonly #rules = new Map<string, RuleCount>()
  readonly #changes = new Map<string, ChangeCount>()
  /** The fields of the first document, for messages. */
  #fields: JsonObject | undefined

  /** `step` is what the ledger calls it. */
  constructor(step: string, folder: string, kind: K) {
    this.#step = step
    this.#noun = kind === 'Docs' ? 'documents' : stems[kind as keyof Examples]
    if (kind === 'Docs') this.#documents = new ShardWriter(folder)
    else this.#examples = new ExampleWriter(folder, kind)
  }

  /** Counts what comes in. */
  take(item: Item): void {
    this.#fields ??= item.fields
    this.#book.in.add(Buffer.byteLength(item.text))
  }

  write(example: K extends keyof Examples ? Examples[K] : Document): void {
    if (example instanceof Document) {
      this.#documents?.write(example)
      this.#book.out.add(Buffer.byteLength(example.text))
      return
    }
    this.#examples?.write(example)
    this.#book.out.add(Buffer.byteLength(textsOf(example).join('\n\n')))
  }

  /** Leaves an item out, by a rule that the ledger names; `value` says what the rule saw. */
  drop(item: Item, rule: string, value?: string): void {
    let count = this.#rules.get(rule)
    if (count === undefined) {
      count = this.#book.rule(`${this.#step}: ${rule}`)
      this.#rules.set(rule, count)
    }
    count.drop(item.document?.text ? item.document : new Document(item.text, item.id), () => value)
  }

  /** Counts an item that goes on, but not as it was. */
  change(what: string): void {
    let count = this.#changes.get(what)
    if (count === undefined) {
      count = this.#book.step(`${this.#step}: ${what}`)
      this.#changes.set(what, count)
    }
    count.documents++
  }

  /** Warns of what was left out, by the rules that left out most. */
  warn({ emit }: Pick<StageContext, 'emit'>): void {
    // Said here too: where nothing is left the stage fails, and its ledger is what helps.
    emit({ event: 'ledger', ledger: this.#book.ledger() })
    const rules = [...this.#rules].sort(([, a], [, b]) => b.documents - a.documents)
    const lost = rules.reduce((sum, [, { documents }]) => sum + documents, 0)
    if (lost === 0) return
    const shown = rules.slice(0, warned).map(([rule, { documents }]) => `${rule} (${inDigits(documents)})`)
    const rest = rules.length - warned
    const more = rest > 0 ? `; ${rest} more rule${rest === 1 ? '' : 's'}` : ''
    const of = inDigits(this.#book.in.documents)
    const message = `${inDigits(lost)} of ${of} left out: ${shown.join('; ')}${more}. The ledger shows some of each.`
    emit({ event: 'log', level: 'warning', message })
  }

  /** Ends the output. Where all was left out it is a StageError `nothing-left` that says by which rule. */
  finish(): StageReport {
    this.#documents?.close()
    this.#examples?.close()
    const ledger = this.#book.ledger()
    const { documents } = ledger.out
    const noun = this.#noun
    const strictest = this.#book.strictest
    if (documents === 0 && strictest !== undefined) {
      const [first] = strictest.samples
      const example = first?.value === undefined ? '' : `. The first is ${first.id}: ${first.value}`
      const fields = namesOf(this.#fields ?? {})
      throw new StageError(
        'nothing-left',
        `no ${noun} could be made: the rule "${strictest.rule}" left out ${inDigits(strictest.documents)} of ${inDigits(ledger.in.documents)}${example}`,
        fields === 'none'
          ? 'The ledger shows some of what was left out: `llmpipe show PROGRAM STAGE`.'
          : `The fields of the documents are: ${fields}.`,
      )
    }
    const lost = ledger.in.documents - documents
    const left = lost > 0 ? `, ${inDigits(lost)} left out` : ''
    return {
      metrics: { [noun]: documents, left_out: Math.max(0, lost) },
      ledger,
      summary: `${inDigits(documents)} ${noun}${left}`,
    }
  }
}

function inDigits(count: number): string {
  return count.toLocaleString('en-US')
}
