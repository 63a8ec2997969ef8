/** The steps `keep` and `drop`: keep or drop the documents that meet a condition. */

import type { DocumentExpression } from '../../core/expression.ts'
import { compileCondition, explain } from '../metrics/expression.ts'
import { watchFor } from '../metrics/watch.ts'
import type { StepMaker } from './step.ts'

export const keep: StepMaker = (params, book) => sift('keep', true, params, book)

export const drop: StepMaker = (params, book) => sift('drop', false, params, book)

function sift(name: string, wanted: boolean, ...[params, book]: Parameters<StepMaker>): ReturnType<StepMaker> {
  const where = params.where as unknown as DocumentExpression
  const count = book.rule(typeof params.$where === 'string' ? `${name}: ${params.$where}` : name)
  const test = compileCondition(where, watchFor(count))
  const saw = explain(where)
  return (document) => {
    if (test(document.page) === wanted) return true
    count.drop(document, () => saw(document.page))
    return false
  }
}
