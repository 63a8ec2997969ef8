/**
 * Decides which calls become one node. Consecutive calls that work on one document at a time become a single streaming pass:
 *
 *     read ▸ normalize ▸ keep ▸ filter ▏ dedup ▏ keep ▏ split
 *     └─────── one pass ──────┘
 *
 * A pass ends before a call that needs the whole corpus, behind a name (people can look at the artefact, export it and run up to it),
 * behind a value that several calls take, and behind the part that variants of a `for` share, whatever their number.
 */

import type { Catalogue, Shape } from '../core/kind/kind.ts'
import { type CheckedCall, kindOf, type TypedProgram } from '../language/program.ts'

/** The calls of one node, from the first to the last. */
export type Pass = readonly [CheckedCall, ...CheckedCall[]]

/** The passes of a program, each behind those whose outputs it takes. */
export function fuse(program: TypedProgram, catalogue: Catalogue): Pass[] {
  const uses = countUses(program)
  const passes = new Map<number, [CheckedCall, ...CheckedCall[]]>()
  for (const call of program.calls) {
    const before = shapeOf(call, catalogue) === 'document' ? soleInput(call) : undefined
    const pass = before === undefined ? undefined : passes.get(before)
    const last = pass?.at(-1)
    const ends =
      last === undefined || last.names.length > 0 || uses.get(last.index) !== 1 || !isOfSameValues(last, call)
    const goesOn = !ends && isStreaming(last, catalogue)
    if (pass && goesOn) {
      passes.delete(last.index)
      passes.set(call.index, [...pass, call])
    } else passes.set(call.index, [call])
  }
  // A map keeps the order of insertion, so a pass is at the place of its last call.
  return [...passes.values()]
}

/** Whether a call is a step of a pass, and not a stage with a process of its own. */
export function isStreaming(call: CheckedCall, catalogue: Catalogue): boolean {
  return shapeOf(call, catalogue) !== 'stage'
}

/** The shape of a call's kind. */
export function shapeOf(call: CheckedCall, catalogue: Catalogue): Shape {
  return kindOf(call, catalogue)?.shape ?? 'stage'
}

/** Whether two calls are made for the same values of the variables of `for`s. */
function isOfSameValues(a: CheckedCall, b: CheckedCall): boolean {
  const [before, after] = [a, b].map(({ variant }) => Object.entries(variant?.values ?? {}).join())
  return before === after
}

/** The number of times that the outputs of each call are taken. */
function countUses(program: TypedProgram): Map<number, number> {
  const uses = new Map<number, number>()
  for (const call of program.calls)
    for (const ref of Object.values(call.inputs).flat()) uses.set(ref.call, (uses.get(ref.call) ?? 0) + 1)
  return uses
}

/** The index of the call that makes the documents, if they are the only input of a call. */
function soleInput(call: CheckedCall): number | undefined {
  const refs = Object.values(call.inputs).flat()
  return refs.length === 1 ? refs[0]?.call : undefined
}
