/** Finds names that the body of a block or a model binds and never reads. */

import type { Span } from '../../../../grammar/span.ts'
import type { BlockDeclaration, Identifier, ModelDeclaration, Statement } from '../../../../grammar/syntax.ts'
import { mentions } from '../mentions.ts'

interface Binding {
  readonly name: Identifier
  /** The span of the assignment. */
  readonly span: Span
}

/**
 * Names that are assigned and that nothing in the body reads, each where it is assigned first. A name that is assigned again counts as
 * read if one of its values is read: weights that are lost that way are reported from the graph. `_` is for values that nobody needs.
 */
export function unusedBindings({ body, parameters }: BlockDeclaration | ModelDeclaration): readonly Binding[] {
  const read = mentions([body, parameters.map((each) => [each.default, each.shape])])
  const unused = new Map<string, Binding>()
  for (const binding of bindingsIn(body)) {
    const { name } = binding.name
    if (name !== '_' && !read.has(name) && !unused.has(name)) unused.set(name, binding)
  }
  return [...unused.values()]
}

function bindingsIn(body: readonly Statement[]): Binding[] {
  return body.flatMap((statement) => {
    if (statement.type === 'assign') return statement.names.map((name) => ({ name, span: statement.span }))
    return statement.type === 'repeat' ? bindingsIn(statement.body) : []
  })
}
