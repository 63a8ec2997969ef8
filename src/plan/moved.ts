/** Updates a plan after a change of its sources that only moved spans. */

import { type CommonPiece, commonPieces } from '../../grammar/trivia.ts'
import type { Plan, PlanNode, PlanSpan } from '../core/plan.ts'
import { lineStarts, type Position, positionOf } from './place.ts'

/** The text of a source when the plan was made, and its text now. */
export interface Change {
  readonly before: string
  readonly now: string
}

/**
 * The plan that compiling the changed sources would give, if they differ in comments and white space only; `undefined` if they differ
 * in more, or if only a compilation can tell.
 */
export function movedPlan(plan: Plan, changes: ReadonlyMap<string, Change>): Plan | undefined {
  const movers = new Map<string, (position: Position) => Position | undefined>()
  for (const [file, change] of changes) {
    const pieces = commonPieces(change.before, change.now)
    if (pieces === undefined) return undefined
    movers.set(file, moverOf(change, pieces))
  }
  let isLost = false
  const moved = (span: PlanSpan): PlanSpan => {
    const move = movers.get(span.file)
    if (move === undefined) return span
    const [from, to] = [move(span), move({ line: span.endLine, column: span.endColumn })]
    isLost ||= from === undefined || to === undefined
    return from && to ? { file: span.file, ...from, endLine: to.line, endColumn: to.column } : span
  }
  const nodes = plan.nodes.map(
    (node): PlanNode => ({
      ...node,
      span: moved(node.span),
      ...(node.settingSpans === undefined
        ? {}
        : {
            settingSpans: Object.fromEntries(
              Object.entries(node.settingSpans).map(([path, span]) => [path, moved(span)]),
            ),
          }),
    }),
  )
  return isLost ? undefined : { ...plan, nodes }
}

/** A function from positions in the earlier text to positions in the text now; `undefined` for a position between tokens. */
function moverOf({ before, now }: Change, pieces: readonly CommonPiece[]) {
  const [startsBefore, startsNow] = [lineStarts(before), lineStarts(now)]
  return ({ line, column }: Position): Position | undefined => {
    const offset = (startsBefore[line - 1] ?? 0) + column - 1
    let low = 0
    let high = pieces.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (pieces[middle]!.before <= offset) low = middle
      else high = middle - 1
    }
    const piece = pieces[low]
    if (piece === undefined || offset < piece.before || offset > piece.before + piece.length) return undefined
    return positionOf(startsNow, piece.now + offset - piece.before)
  }
}
