/**
 * Looks over the documents of an artefact: how long they are, and which values their fields have. Of a large artefact only blocks at equal
 * distances are read, so that the same artefact has the same survey every time.
 */

import { closeSync, openSync, readSync } from 'node:fs'
import type { MetricHistogram } from '../core/ledger.ts'
import type { Json } from '../core/values/json.ts'
import { Histogram } from './histogram.ts'
import { hostOf } from './host.ts'
import { type Shard, shardsIn } from './shards/shards.ts'

export interface Survey {
  /** The number of documents that were looked at. */
  readonly documents: number
  /** The bytes of the shards, and how many of them were read. */
  readonly total: number
  readonly read: number
  /** The UTF-8 bytes of the texts. */
  readonly lengths: {
    readonly least: number
    readonly mean: number
    readonly most: number
    readonly histogram: MetricHistogram
  }
  /** In the order of their first documents. */
  readonly fields: readonly FieldSurvey[]
}

export interface FieldSurvey {
  /** `url.host` for the hosts of a field of URLs. */
  readonly name: string
  /** The number of documents that have it. */
  readonly documents: number
  /** The most frequent texts and truth values first; absent if most documents have a value of their own. */
  readonly values?: readonly (readonly [value: string, documents: number])[]
  /** The number of different values. */
  readonly different?: number
  /** Of a field of numbers. */
  readonly numbers?: MetricHistogram
}

/** At most this many bytes are read, unless everything is wanted, and in blocks of this size. */
const [usualBudget, blockBytes] = [128 * 2 ** 20, 2 ** 20]

/** Fields with more different values than this are not counted, and of the others this many values are listed. */
const [mostDifferent, mostListed] = [10_000, 100]

/** Reads an artefact of documents: all of it if `isWhole`, and else at most about `budget` bytes. */
export async function surveyOf(folder: string, isWhole: boolean, budget = usualBudget): Promise<Survey> {
  const shards = await shardsIn(folder)
  const total = shards.reduce((sum, { size }) => sum + size, 0)
  const count = new Count()
  let read = 0
  for (const { lines, bytes } of isWhole || total <= budget
    ? wholeShards(shards)
    : sampledBlocks(shards, total, budget)) {
    read += bytes
    for (const line of lines) count.add(line)
  }
  return { ...count.survey(), total, read }
}

interface Lines {
  readonly lines: readonly string[]
  readonly bytes: number
}

/** All lines, a block at a time. */
function* wholeShards(shards: readonly Shard[]): Generator<Lines> {
  for (const { path, size } of shards) {
    const file = openSync(path, 'r')
    try {
      let rest: Buffer = Buffer.alloc(0)
      for (let at = 0; at < size; ) {
        const block = Buffer.alloc(Math.min(blockBytes, size - at))
        const length = readSync(file, block, 0, block.length, at)
        if (length === 0) break
        at += length
        const bytes = Buffer.concat([rest, block.subarray(0, length)])
        const end = bytes.lastIndexOf(10)
        rest = bytes.subarray(end + 1)
        yield { lines: linesIn(bytes.subarray(0, Math.max(0, end))), bytes: length }
      }
      // A last line without a line break.
      yield { lines: linesIn(rest), bytes: 0 }
    } finally {
      closeSync(file)
    }
  }
}

/** The whole lines in blocks at equal distances. */
function* sampledBlocks(shards: readonly Shard[], total: number, budget: number): Generator<Lines> {
  const blocks = Math.floor(budget / blockBytes)
  let from = 0
  let next = 0
  for (const { path, size } of shards) {
    const file = openSync(path, 'r')
    try {
      for (; next < blocks && Math.floor((next * total) / blocks) < from + size; next++) {
        const at = Math.floor((next * total) / blocks) - from
        const block = Buffer.alloc(Math.min(blockBytes, size - at))
        const length = readSync(file, block, 0, block.length, at)
        // The first line is the end of another one, unless the block begins the shard.
        const start = at === 0 ? 0 : block.indexOf(10) + 1
        const end = block.lastIndexOf(10, length - 1)
        yield { lines: end < start ? [] : linesIn(block.subarray(start, end)), bytes: length }
      }
    } finally {
      closeSync(file)
    }
    from += size
  }
}

function linesIn(bytes: Buffer): string[] {
  return bytes
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
}

/** Counts documents one by one. */
class Count {
  #documents = 0
  #bytes = 0
  #least = Number.POSITIVE_INFINITY
  #most = 0
  readonly #lengths = new Histogram('bytes', 'count')
  readonly #fields = new Map<string, Field>()

  add(line: string): void {
    const { id: _, text, ...fields } = JSON.parse(line) as Readonly<Record<string, Json>>
    const length = typeof text === 'string' ? Buffer.byteLength(text) : 0
    this.#documents++
    this.#bytes += length
    this.#least = Math.min(this.#least, length)
    this.#most = Math.max(this.#most, length)
    this.#lengths.add(length)
    for (const [name, value] of Object.entries(fields)) {
      const host = typeof value === 'string' && /^https?:\/\//.test(value) ? hostOf(value) : undefined
      if (host !== undefined) this.#field(`${name}.host`).add(host)
      else if (value !== null) this.#field(name).add(value)
    }
  }

  #field(name: string): Field {
    let field = this.#fields.get(name)
    if (field === undefined) {
      field = new Field(name)
      this.#fields.set(name, field)
    }
    return field
  }

  survey(): Omit<Survey, 'total' | 'read'> {
    const isEmpty = this.#documents === 0
    return {
      documents: this.#documents,
      lengths: {
        least: isEmpty ? 0 : this.#least,
        mean: isEmpty ? 0 : this.#bytes / this.#documents,
        most: this.#most,
        histogram: this.#lengths.toJSON(),
      },
      fields: [...this.#fields.values()].map((field) => field.survey()),
    }
  }
}

class Field {
  readonly #name: string
  #documents = 0
  #values: Map<string, number> | undefined = new Map()
  #numbers: Histogram | undefined

  constructor(name: string) {
    this.#name = name
  }

  add(value: Json): void {
    this.#documents++
    if (typeof value === 'number') {
      this.#numbers ??= new Histogram(this.#name, 'other')
      this.#numbers.add(value)
      return
    }
    if (typeof value === 'object') this.#values = undefined
    if (this.#values === undefined) return
    const text = String(value)
    this.#values.set(text, (this.#values.get(text) ?? 0) + 1)
    if (this.#values.size > mostDifferent) this.#values = undefined
  }

  survey(): FieldSurvey {
    const all = this.#values
    const isCounted = all !== undefined && all.size > 0 && (all.size <= 12 || all.size <= this.#documents / 2)
    // Values of the same count are in the order of their letters, so that shards in another order give the same survey.
    const values = isCounted
      ? [...all].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, mostListed)
      : undefined
    return {
      name: this.#name,
      documents: this.#documents,
      ...(values === undefined ? {} : { values, different: all!.size }),
      ...(this.#numbers === undefined ? {} : { numbers: this.#numbers.toJSON() }),
    }
  }
}
