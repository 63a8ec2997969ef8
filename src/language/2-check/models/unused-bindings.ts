/** Finds names that the body of a block or a model binds and never reads. */

import type { BlockDeclaration, ModelDeclaration, Statement } from '../../../../grammar/syntax.ts'
import { mentions } from '../mentions.ts'

type Assignment = Extract<Statement, { type: 'assign' }>

/**
 * Assignments to names that nothing in the body reads, the first for each name. A name that is assigned again counts as read if one of
 * its values is read: weights that are lost that way are reported from the graph.
 */
export function unusedBindings({ body, parameters }: BlockDeclaration | ModelDeclaration): readonly Assignment[] {
  const read = mentions([body, parameters.map((each) => [each.default, each.shape])])
  const unused = new Map<string, Assignment>()
  for (const assignment of assignmentsIn(body)) {
    const { name } = assignment.name
    if (!read.has(name) && !unused.has(name)) unused.set(name, assignment)
  }
  return [...unused.values()]
}

function assignmentsIn(body: readonly Statement[]): Assignment[] {
  return body.flatMap((statement) => {
    if (statement.type === 'assign') return [statement]
    return statement.type === 'repeat' ? assignmentsIn(statement.body) : []
  })
}
