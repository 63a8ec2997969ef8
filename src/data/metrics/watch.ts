/** The values that a condition compares with numbers: their names, how they are divided into bins, and the numbers. */

import type { DocumentExpression } from '../../core/expression.ts'
import type { RuleCount } from '../ledger.ts'
import { type MetricName, metrics } from './specs.ts'

/** Called for each value that a condition compares with fixed numbers; returns what records the values of documents. */
export type Watch = (
  of: DocumentExpression,
  limits: readonly DocumentExpression[],
) => ((value: unknown) => void) | undefined

/**
 * Records the values that the condition of a rule looks at. A metric that is compared twice is recorded at its first comparison, so that each
 * document counts once.
 */
export function watchFor(rule: RuleCount): Watch {
  return (of, against) => {
    const name = nameOf(of)
    const limits = against.flatMap((limit) => numberIn(limit) ?? [])
    if (name === undefined || limits.length < against.length) return undefined
    const unit = of.op === 'metric' ? unitOf(of.name) : of.op === 'stop_words' || of.op === 'count' ? 'count' : 'other'
    const { histogram, isNew } = rule.histogram(name, unit)
    histogram.limit(limits)
    return isNew
      ? (value) => {
          if (typeof value === 'number') histogram.add(value)
        }
      : undefined
  }
}

/** The name of a value as a program writes it; `undefined` for a value that is computed from others. */
function nameOf(of: DocumentExpression): string | undefined {
  switch (of.op) {
    case 'metric':
      return of.name
    case 'field':
      return of.path.join('.')
    case 'number':
    case 'default':
      return nameOf(of.of)
    case 'stop_words':
      return `stop_words(${of.of.op === 'literal' ? JSON.stringify(of.of.value) : (nameOf(of.of) ?? '…')})`
    case 'count':
      return `count(${nameOf(of.of) ?? '…'}, ${JSON.stringify(of.pattern)})`
    default:
      return undefined
  }
}

function unitOf(name: string): 'fraction' | 'count' | 'other' {
  return (Object.hasOwn(metrics, name) ? metrics[name as MetricName].unit : undefined) ?? 'other'
}

function numberIn(expression: DocumentExpression): number | undefined {
  if (expression.op === 'literal' && typeof expression.value === 'number') return expression.value
  const inner = expression.op === 'negate' ? numberIn(expression.of) : undefined
  return inner === undefined ? undefined : -inner
}
