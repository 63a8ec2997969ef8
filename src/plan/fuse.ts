/**
 * Which calls become one node. A run of calls that each work on one document at a time is one streaming pass:
 *
 *     read ▸ normalize ▸ keep ▸ filter ▏ dedup ▏ keep ▏ split
 *     └─────── one pass ──────┘
 *
 * What ends a run: a call that needs the whole corpus, a name (a name is an artefact that people can look at, export and
 * run up to), a value that more than one call takes, and what variants of a `for` have in common, however many there are.
 */

import type { Catalogue, Shape } from '../core/kind.ts'
import { type CheckedCall, kindOf, type TypedProgram } from '../language/program.ts'

/** Calls that become one node, first to last. */
export type Pass = readonly [CheckedCall, ...CheckedCall[]]

/** The calls of a program in passes, every pass after those it takes from. */
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
  // A map keeps the order of insertion: a pass stands where its last call does.
  return [...passes.values()]
}

/** Whether calls of its kind are steps of a pass, and no node by themselves. */
export function isStreaming(call: CheckedCall, catalogue: Catalogue): boolean {
  return shapeOf(call, catalogue) !== 'stage'
}

/** The kind's shape; a `filter` of the program is a step like any other. */
export function shapeOf(call: CheckedCall, catalogue: Catalogue): Shape {
  return kindOf(call, catalogue)?.shape ?? 'stage'
}

/** Whether two calls are there for the same values of the variables of `for`s. */
function isOfSameValues(a: CheckedCall, b: CheckedCall): boolean {
  const [before, after] = [a, b].map(({ variant }) => Object.entries(variant?.values ?? {}).join())
  return before === after
}

/** How often each call's outputs are taken. */
function countUses(program: TypedProgram): Map<number, number> {
  const uses = new Map<number, number>()
  for (const call of program.calls)
    for (const ref of Object.values(call.inputs).flat()) uses.set(ref.call, (uses.get(ref.call) ?? 0) + 1)
  return uses
}

/** The call that the documents come from, where they are all it takes. */
function soleInput(call: CheckedCall): number | undefined {
  const refs = Object.values(call.inputs).flat()
  return refs.length === 1 ? refs[0]?.call : undefined
}
