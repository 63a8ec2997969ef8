/** Runs `expect`: reads the metrics, evaluates the test, and fails with the expectation and the actual values. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StageError } from '../../core/failure.ts'
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

/** A test over metrics, as the checker writes it. */
type Test =
  | { readonly op: 'metric'; readonly input: number; readonly name: string; readonly $name?: string }
  | { readonly op: 'literal'; readonly value: number | boolean }
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
  const known: Metrics[] = []
  for (const artefact of stage.inputs.of) known.push(await metricsOf(stage, artefact))
  const seen = new Map<string, { input: number; name: string; words: string; found: number }>()
  const holds = value(test, ({ input, name, $name = name }) => {
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
  })
  const several = known.length > 1
  const actual = [...seen.values()]
    .map(({ input, words, found }) => `${several ? `${$of[input] ?? input}.` : ''}${words} is ${inDigits(found)}`)
    .join(', ')
  if (holds !== true) {
    throw new StageError(
      'expectation-failed',
      `expected ${words}, but ${actual}`,
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

function value(test: Test, read: Read): number | boolean {
  const number = (each: Test) => Number(value(each, read))
  switch (test.op) {
    case 'metric':
      return read(test)
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

function inDigits(number: number): string {
  return Number.isInteger(number) ? number.toLocaleString('en-US') : String(Number(number.toPrecision(5)))
}
