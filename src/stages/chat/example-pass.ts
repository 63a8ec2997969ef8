/** A pass over documents or examples that writes examples, for pair, conversations, prompts, rankings and similar kinds. */

import type { Artefact } from '../../core/artefact.ts'
import { StageError } from '../../core/failure.ts'
import type { StageContext } from '../../core/kind/stage.ts'
import type { StageReport } from '../../core/report.ts'
import type { JsonObject } from '../../core/values/json.ts'
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

/** A document or an example of the input. */
export interface Item {
  readonly id: string
  /** All its text, for the ledger. */
  readonly text: string
  /** The fields of a document, with its id and its text; `{}` for an example. */
  readonly fields: JsonObject
  readonly document?: Document
  readonly example?: Example
}

/** The number of rules that a warning names. */
const warned = 3

/** Reads an artefact of documents or examples, reports progress, and throws `Interrupted` when asked to stop. */
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

/** Writes the output of a pass, and keeps its ledger. */
export class ExamplePass<K extends keyof Examples | 'Docs'> {
  readonly #step: string
  /** The plural of the output. */
  readonly #noun: string
  readonly #examples: ExampleWriter<keyof Examples> | undefined
  readonly #documents: ShardWriter | undefined
  readonly #book = new LedgerBook()
  readonly #rules = new Map<string, RuleCount>()
  readonly #changes = new Map<string, ChangeCount>()
  /** The fields of the first document, for messages. */
  #fields: JsonObject | undefined

  /** `step` names the pass in the ledger. */
  constructor(step: string, folder: string, kind: K) {
    this.#step = step
    this.#noun = kind === 'Docs' ? 'documents' : stems[kind as keyof Examples]
    if (kind === 'Docs') this.#documents = new ShardWriter(folder)
    else this.#examples = new ExampleWriter(folder, kind)
  }

  /** Counts an item of the input. */
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

  /** Leaves an item out, by a rule that the ledger names. `value` is the value that the rule looked at. */
  drop(item: Item, rule: string, value?: string): void {
    let count = this.#rules.get(rule)
    if (count === undefined) {
      count = this.#book.rule(`${this.#step}: ${rule}`)
      this.#rules.set(rule, count)
    }
    count.drop(item.document?.text ? item.document : new Document(item.text, item.id), () => value)
  }

  /** Counts an item that is kept with a change. */
  change(what: string): void {
    let count = this.#changes.get(what)
    if (count === undefined) {
      count = this.#book.step(`${this.#step}: ${what}`)
      this.#changes.set(what, count)
    }
    count.documents++
  }

  /** Warns of the items left out, by the rules that left out most. */
  warn({ emit }: Pick<StageContext, 'emit'>): void {
    // If nothing is left, the stage fails without a report; the ledger of this event explains why.
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

  /** Ends the output. If every item was left out, a StageError `nothing-left` names the rule. */
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
