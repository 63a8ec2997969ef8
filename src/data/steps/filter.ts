/** The step `filter`: drops documents that break one of the rules of a filter. */

import type { DocumentExpression } from '../../core/expression.ts'
import { compileCondition, explain } from '../metrics/expression.ts'
import { watchFor } from '../metrics/watch.ts'
import type { StepMaker } from './step.ts'

interface Rule {
  readonly $label?: string
  readonly test: DocumentExpression
}

export const filter: StepMaker = (params, book) => {
  const name = typeof params.$name === 'string' ? params.$name : 'filter'
  const rules = (params.rules as unknown as readonly Rule[]).map(({ $label, test }) => {
    const count = book.rule($label === undefined ? name : `${name}: ${$label}`)
    return { keeps: compileCondition(test, watchFor(count)), saw: explain(test), count }
  })
  return (document) => {
    for (const { keeps, saw, count } of rules) {
      if (keeps(document.page)) continue
      count.drop(document, () => saw(document.page))
      return false
    }
    return true
  }
}
