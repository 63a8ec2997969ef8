/** The step `filter`: drops documents that break one of the rules of a filter. */

import type { DocumentExpression } from '../../core/expression.ts'
import { compileCondition, explain } from '../metrics/expression.ts'
import type { StepMaker } from './step.ts'

interface Rule {
  readonly $label?: string
  readonly test: DocumentExpression
}

export const filter: StepMaker = (params, book) => {
  const name = typeof params.$name === 'string' ? params.$name : 'filter'
  const rules = (params.rules as unknown as readonly Rule[]).map(({ $label, test }) => ({
    keeps: compileCondition(test),
    saw: explain(test),
    count: book.rule($label === undefined ? name : `${name}: ${$label}`),
  }))
  return (document) => {
    for (const { keeps, saw, count } of rules) {
      if (keeps(document.page)) continue
      count.drop(document, () => saw(document.page))
      return false
    }
    return true
  }
}
