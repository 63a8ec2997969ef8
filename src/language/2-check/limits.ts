/** Limits of what a program may ask the compiler for: every check ends soon, whatever the text. */

import type { Span } from '../../../grammar/span.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import * as say from '../messages/settings.generated.ts'
import type { Env } from './env.ts'
import type { Value } from './values/values.ts'

/** Thrown where a limit is reached, to end the check; its diagnostic is reported with those before it. */
export class LimitReached extends Error {
  readonly diagnostic: Diagnostic | undefined

  constructor(diagnostic?: Diagnostic) {
    super('limit reached')
    this.diagnostic = diagnostic
  }
}

/** Expressions worked out, and how many may be. */
export interface Budget {
  steps: number
  readonly most: number
}

/** A budget that grows with the program: nothing that is written out by hand comes near it. */
export function budgetFor(characters: number): Budget {
  return { steps: 0, most: 200_000 + 20 * characters }
}

/** Operations in each other. */
export const maxCallDepth = 64
/** Stages of one program. */
const maxCalls = 30_000
/** Characters of one text. */
const maxText = 1_000_000
/** Values in one list, with those of lists in it. */
const maxListItems = 200_000
/** Errors that are worked out. */
const maxDiagnostics = 200

/** Counts one step. */
export function step({ checker }: Env, span: Span): void {
  if (++checker.budget.steps > checker.budget.most)
    throw new LimitReached(say.tooMuchWork(span, { most: inWords(checker.budget.most) }))
}

/** Holds the number of stages against its limit. */
export function limitCalls({ checker }: Env, span: Span): void {
  if (checker.calls.length >= maxCalls) throw new LimitReached(say.tooManyStages(span, { most: inWords(maxCalls) }))
}

/** Holds the length of a text against its limit. */
export function limitText(length: number, span: Span): void {
  if (length > maxText) throw new LimitReached(say.textTooLong(span, { most: inWords(maxText) }))
}

/** How many values a list holds, those of lists in it counted too, each time they stand there. */
const sizes = new WeakMap<Value, number>()

/** Holds the number of values in a list against its limit. */
export function limitList(list: Extract<Value, { type: 'list' }>, span: Span): void {
  let size = list.items.length
  for (const item of list.items) size += sizes.get(item) ?? 0
  if (size > maxListItems) throw new LimitReached(say.listTooLong(span, { most: inWords(maxListItems) }))
  sizes.set(list, size)
}

/** Ends the check where enough errors are known. */
export function limitDiagnostics({ checker }: Env): void {
  if (checker.diagnostics.length >= maxDiagnostics) throw new LimitReached()
}

function inWords(most: number): string {
  return most.toLocaleString('en')
}
