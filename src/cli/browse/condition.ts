/** A condition that is typed in `browse`: the same language, and the same errors, as in `keep(where: …)`. */

import type { DocumentExpression } from '../../core/expression.ts'
import type { Document } from '../../data/document.ts'
import { compileCondition, explain } from '../../data/metrics/expression.ts'
import { partsOf } from '../../data/metrics/in-expression.ts'
import { compile } from '../../language/compile.ts'
import { catalogue } from '../program/catalogue.ts'
import { Refusal } from '../terminal/refusal.ts'

export interface Condition {
  readonly text: string
  test(document: Document): boolean
  /** The values that the condition looks at: `words = 3`. */
  explain(document: Document): string
}

/** Compiles a condition. Throws a Refusal that says what is wrong with it. */
export function conditionOf(text: string): Condition {
  const program = `data shown = read("documents") |> keep(where: ${text}\n)\n`
  const read = (path: string) => (path === 'where' ? program : undefined)
  const { program: checked, diagnostics } = compile('where', { read, catalogue, params: {} })
  const keep = checked?.calls.find(({ kind }) => kind === 'keep')
  if (keep === undefined || checked?.calls.length !== 2) {
    const error = diagnostics.find(({ severity }) => severity === 'error')
    throw new Refusal(error?.message ?? 'this is not one condition', error?.help)
  }
  const where = keep.params.where as unknown as DocumentExpression
  if ([...partsOf(where)].some(({ op }) => op === 'listed'))
    throw new Refusal(
      'browse does not read lists of files',
      'Write the values: url.host in ["a.example", "b.example"].',
    )
  const [test, saw] = [compileCondition(where), explain(where)]
  return { text, test: ({ page }) => test(page), explain: ({ page }) => saw(page) }
}
