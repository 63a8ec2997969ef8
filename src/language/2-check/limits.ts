/** Limits of the work that a program may cause the compiler, so that every check ends soon. */

import type { Span } from '../../../grammar/span.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import * as say from '../messages/settings.generated.ts'
import type { Env } from './env.ts'
import type { Value } from './values/values.ts'

/** Thrown at a limit to end the check. Its diagnostic is reported with those before it. */
export class LimitReached extends Error {
  readonly diagnostic: Diagnostic | undefined

  constructor(diagnostic?: Diagnostic) {
    super('limit reached')
    this.diagnostic = diagnostic
  }
}

/** The number of expressions evaluated so far, and its limit. */
export interface Budget {
  steps: number
  readonly most: number
}

/** A budget that grows with the length of the program. No program written by hand comes near it. */
export function budgetFor(characters: number): Budget {
  return { steps: 0, most: 200_000 + 20 * characters }
}

/** The greatest depth of calls of operations. */
export const maxCallDepth = 64
/** The greatest number of stages in a program. */
export const maxCalls = 30_000
/** The greatest length of a text, in UTF-16 units. */
const maxText = 1_000_000
/** The greatest number of values in a list, those of lists inside it included. */
const maxListItems = 200_000
/** The greatest number of diagnostics; the check ends there. */
const maxDiagnostics = 200

/** Counts one evaluated expression. */
export function step({ checker }: Env, span: Span): void {
  if (++checker.budget.steps > checker.budget.most)
    throw new LimitReached(say.tooMuchWork(span, { most: inWords(checker.budget.most) }))
}

/** Throws if the program has too many stages. */
export function limitCalls({ checker }: Env, span: Span): void {
  if (checker.calls.length >= maxCalls) throw new LimitReached(say.tooManyStages(span, { most: inWords(maxCalls) }))
}

/** Throws if a text is too long. */
export function limitText(length: number, span: Span): void {
  if (length > maxText) throw new LimitReached(say.textTooLong(span, { most: inWords(maxText) }))
}

/** The number of values in a list. Values of a list inside it count each time the list occurs. */
const sizes = new WeakMap<Value, number>()

/** Throws if a list has too many values. */
export function limitList(list: Extract<Value, { type: 'list' }>, span: Span): void {
  let size = list.items.length
  for (const item of list.items) size += sizes.get(item) ?? 0
  if (size > maxListItems) throw new LimitReached(say.listTooLong(span, { most: inWords(maxListItems) }))
  sizes.set(list, size)
}

/** Ends the check if there are too many diagnostics. */
export function limitDiagnostics({ checker }: Env): void {
  if (checker.diagnostics.length >= maxDiagnostics) throw new LimitReached()
}

function inWords(most: number): string {
  return most.toLocaleString('en')
}
