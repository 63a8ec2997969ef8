/**
 * The rule by which arguments meet parameters: first the piped argument, then arguments by position, then by name. It holds for
 * operations, filters, architectures, stage kinds, groups of values, and the blocks and primitives of architectures.
 */

import { nearest } from '../../grammar/nearest.ts'
import type { Span } from '../../grammar/span.ts'
import type { Identifier } from '../../grammar/syntax.ts'
import type { Diagnostic } from '../core/diagnostic.ts'
import { didYouMean, type More } from './messages/more.ts'
import * as say from './messages/settings.generated.ts'

export interface Formal {
  readonly name: string
  /** The error if no argument is given; absent if the parameter is optional. */
  readonly missing?: (at: Span) => Diagnostic
}

export interface Callee {
  readonly name: string
  readonly formals: readonly Formal[]
  /** Names of the formals that positional arguments fill, in order. */
  readonly positional: readonly string[]
  /** The formal that takes all positional arguments beyond the others. */
  readonly rest?: string | undefined
  /** The number of arguments that the callee takes by position, as a message says it: `2 arguments by position`. */
  readonly most: string
  /** The help for too many arguments, in place of the usual one. */
  readonly tooMany?: More
  /** The help for an unknown name, in place of the nearest known name, and the parameter that the name means. */
  readonly unknown?: (name: string, known: readonly string[]) => { readonly more: More; readonly meant?: string }
}

/** An argument of a call. `span` includes the name. */
export interface Written<V> {
  readonly name?: Identifier | undefined
  readonly span: Span
  readonly value: V
}

export interface Matched<V> {
  /** Arguments by the name of their parameter. */
  readonly named: ReadonlyMap<string, Written<V>>
  /** Positional arguments for the formal `rest`. */
  readonly rest: readonly Written<V>[]
  /** Whether every argument has a parameter, and every required parameter an argument. */
  readonly fits: boolean
}

/**
 * Matches arguments with the parameters of a callee. `written` begins with the piped argument, if there is one; `at` is the span of
 * the callee's name.
 */
export function matchArguments<V>(
  callee: Callee,
  written: readonly Written<V>[],
  at: Span,
  report: (diagnostic: Diagnostic) => void,
): Matched<V> {
  const { name: called, positional, rest: restName } = callee
  const known = callee.formals.map(({ name }) => name)
  const named = new Map<string, Written<V>>()
  const rest: Written<V>[] = []
  // Parameters that misspelled names most likely mean, which are not reported as missing too.
  const meant = new Set<string>()
  let fits = true
  const wrong = (diagnostic: Diagnostic) => {
    report(diagnostic)
    fits = false
  }
  const twice = (name: string, again: Written<V>, first: Written<V>) => {
    const related = [{ span: first.span, label: 'first here' }]
    wrong(say.duplicateArgument(again.name?.span ?? again.span, { name }, { related }))
  }
  let position = 0
  for (const argument of written) {
    const byPosition = positional[position]
    const isRest = argument.name === undefined && restName !== undefined && (byPosition ?? restName) === restName
    if (isRest) {
      rest.push(argument)
      continue
    }
    if (argument.name === undefined) position++
    const name = argument.name?.name ?? byPosition
    if (name === undefined) {
      wrong(say.tooManyArguments(argument.span, { callee: called, most: callee.most }, callee.tooMany))
      continue
    }
    if (!known.includes(name)) {
      const { more, meant: parameter } = callee.unknown?.(name, known) ?? { more: didYouMean(name, known) }
      wrong(say.unknownSetting(argument.name?.span ?? argument.span, { callee: called, setting: name }, more))
      meant.add(parameter ?? nearest(name, known) ?? '')
      continue
    }
    const first = named.get(name)
    if (first === undefined) named.set(name, argument)
    else twice(name, argument, first)
  }
  const listed = restName === undefined ? undefined : named.get(restName)
  if (restName !== undefined && listed !== undefined && rest[0] !== undefined) twice(restName, rest[0], listed)
  for (const { name, missing } of callee.formals) {
    const isGiven = named.has(name) || (name === restName && rest.length > 0)
    if (!isGiven && missing !== undefined && !meant.has(name)) wrong(missing(at))
  }
  return { named, rest, fits }
}
