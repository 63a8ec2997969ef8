/** Runs `expect`: reads the metrics, evaluates the test, and fails with the expectation and the actual values. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Artefact } from '../../core/artefact.ts'
import { StageError } from '../../core/failure.ts'
import type { StageContext } from '../../core/kind/stage.ts'
import { canonical, type Json } from '../../core/values/json.ts'
import {
  type Arithmetic,
  arithmetic,
  type Comparison,
  comparisons,
  isBetween,
  isComparison,
} from '../../core/values/operators.ts'
import { type Metrics, metricsOf } from '../shared/artefact-metrics.ts'
import type { RunOf } from '../shared/define-kind.ts'
import { documentTexts } from '../tokens/document-texts.ts'

/** A test over metrics, as the checker writes it. */
type Test =
  | { readonly op: 'metric'; readonly input: number; readonly name: string; readonly $name?: string }
  | { readonly op: 'literal'; readonly value: number | boolean; readonly $name?: string }
  | { readonly op: 'texts'; readonly input: number; readonly texts: readonly string[] }
  | { readonly op: 'same'; readonly left: Json; readonly right: Json; readonly $name: string }
  | { readonly op: 'not' | 'negate'; readonly of: Test }
  | { readonly op: 'between'; readonly of: Test; readonly from: Test; readonly to: Test }
  | {
      readonly op: 'or' | 'and' | Comparison | Exclude<Arithmetic, '^'>
      readonly left: Test
      readonly right: Test
    }

/** The params of an expectation. The checker writes them, so no setting declares them. */
interface Params {
  readonly test: Test
  /** The test as the program writes it. */
  readonly $test?: string
  /** The names of the artefacts. */
  readonly $of?: readonly string[]
}

type Read = (metric: Extract<Test, { op: 'metric' }>) => number

export const run: RunOf<typeof import('./expect.ts').expect> = async (stage) => {
  const { test, $test: words = 'the expectation', $of = [] } = stage.settings as unknown as Params
  const artefacts = stage.inputs.of ?? []
  const known: Metrics[] = []
  for (const artefact of artefacts) known.push(await metricsOf(stage, artefact))
  const wanted = textsIn(test)
  const texts = new Map<number, readonly string[]>()
  for (const { input } of wanted) texts.set(input, await textsOf(stage, artefacts[input]!))
  const seen = new Map<string, { input: number; name: string; words: string; found: number }>()
  const read: Read = ({ input, name, $name = name }) => {
    const metrics = known[input] ?? {}
    const found = metrics[name]
    if (found === undefined) {
      const names = Object.keys(metrics).join(', ')
      throw new StageError(
        'unknown-metric',
        `expect ${words}: ${$of[input] ?? 'the artefact'} has no metric ${$name}`,
        names === '' ? 'It has no metrics.' : `It has ${names}.`,
      )
    }
    seen.set(`${input}.${name}`, { input, name, words: $name, found })
    return found
  }
  const holds = value(test, { metric: read, texts: (input) => texts.get(input) ?? [] })
  const several = known.length > 1
  const measured = [...seen.values()].map(
    ({ input, words, found }) => `${several ? `${$of[input] ?? input}.` : ''}${words} is ${inDigits(found)}`,
  )
  const compared = wanted.map(({ input, texts: expected }) =>
    differenceOf($of[input] ?? 'the artefact', expected, texts.get(input) ?? []),
  )
  const actual = [...measured, ...compared, ...knownIn(test)].join(', ')
  if (holds !== true) {
    throw new StageError(
      'expectation-failed',
      `expected ${words}, but ${actual === '' ? 'that is false' : actual}`,
      'What it looks at is kept: change the bound, or what makes the metric.',
    )
  }
  // By place and not by name: names are not part of the key, so the output must not depend on them.
  const metrics = Object.fromEntries(
    [...seen.values()].map(({ input, name, found }) => [several ? `${input}.${name}` : name, found]),
  )
  writeFileSync(join(stage.outputs.out, 'metrics.json'), `${JSON.stringify(metrics, undefined, 2)}\n`)
  return { metrics, summary: actual }
}

/** Reads what an expectation looks at. */
interface Reads {
  readonly metric: Read
  texts(input: number): readonly string[]
}

function value(test: Test, read: Reads): number | boolean {
  const number = (each: Test) => Number(value(each, read))
  switch (test.op) {
    case 'metric':
      return read.metric(test)
    case 'texts':
      return canonical([...read.texts(test.input)]) === canonical([...test.texts])
    case 'same':
      return canonical(test.left) === canonical(test.right)
    case 'literal':
      return test.value
    case 'not':
      return !value(test.of, read)
    case 'negate':
      return -number(test.of)
    case 'between':
      return isBetween(number(test.of), number(test.from), number(test.to))
    case 'and':
      return value(test.left, read) === true && value(test.right, read) === true
    case 'or':
      return value(test.left, read) === true || value(test.right, read) === true
    default: {
      const { op, left, right } = test
      return isComparison(op)
        ? comparisons[op](value(left, read), value(right, read))
        : arithmetic[op](number(left), number(right))
    }
  }
}

/** The parts of an expectation. */
function partsOf(test: Test): readonly Test[] {
  switch (test.op) {
    case 'metric':
    case 'literal':
    case 'texts':
    case 'same':
      return []
    case 'not':
    case 'negate':
      return [test.of]
    case 'between':
      return [test.of, test.from, test.to]
    default:
      return [test.left, test.right]
  }
}

function textsIn(test: Test): readonly Extract<Test, { op: 'texts' }>[] {
  return test.op === 'texts' ? [test] : partsOf(test).flatMap(textsIn)
}

/** The values that were known before the run, in words. */
function knownIn(test: Test): string[] {
  if (test.op === 'literal' && test.$name !== undefined) {
    const { value: found } = test
    return [`${test.$name} is ${typeof found === 'number' ? inDigits(found) : found}`]
  }
  if (test.op === 'same') return [`${test.$name} is ${JSON.stringify(test.left)}`]
  return partsOf(test).flatMap(knownIn)
}

/** The most texts of documents that an expectation compares. */
const maxTexts = 10_000

async function textsOf(stage: StageContext, artefact: Artefact): Promise<string[]> {
  const texts: string[] = []
  for await (const text of documentTexts(stage, artefact, 'reading')) {
    texts.push(text)
    if (texts.length > maxTexts)
      throw new StageError('too-many-documents', `expect compares the texts of at most ${maxTexts} documents`)
  }
  return texts
}

/** How documents differ from what was expected: the number of documents, or the first that differs. */
function differenceOf(name: string, expected: readonly string[], found: readonly string[]): string {
  const at = expected.findIndex((text, index) => found[index] !== text)
  if (at === -1 && found.length === expected.length) return `${name} has these texts`
  const shown =
    found.length === 0
      ? 'no documents'
      : found
          .slice(0, 5)
          .map((text) => quoted(text))
          .join(', ')
  const more = found.length > 5 ? ` and ${found.length - 5} more` : ''
  return `${name} has ${shown}${more}`
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 199)}…` : text)
}

function inDigits(number: number): string {
  return Number.isInteger(number) ? number.toLocaleString('en-US') : String(Number(number.toPrecision(5)))
}
