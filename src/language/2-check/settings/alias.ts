/**
 * Follows a name to the expression that it is bound to: a bare word or a group of values has a meaning only for the setting that takes
 * it.
 */

import type { Expression } from '../../../../grammar/syntax.ts'
import type { SettingSchema } from '../../../core/kind/setting.ts'
import { homeOf } from '../declarations.ts'
import { type Env, lookUp, lookUpLocal, type Thunk } from '../env.ts'
import { choose } from '../evaluate.ts'

/** The chosen branch of an `if`, and of an `if` in that branch; any other expression itself. */
export function chosenBranch(thunk: Thunk): Thunk {
  if (thunk.expression?.type !== 'if' || !thunk.env || thunk.value) return thunk
  const branch = choose(thunk.env, thunk.expression)
  const span = branch?.span ?? thunk.span
  return chosenBranch({ span, expression: branch ?? { type: 'missing', span }, env: thunk.env })
}

/** The expression that a `let`, a `param` or a parameter binds to a name; any other expression itself. */
export function unaliased(env: Env, expression: Expression): Thunk {
  const here: Thunk = { span: expression.span, expression, env }
  if (expression.type !== 'name') return here
  const local = lookUpLocal(env, expression.name, expression.span)
  if (local) return local.expression?.type === 'name' && local.env ? unaliased(local.env, local.expression) : local
  const entry = env.module.scope.get(expression.name)
  if (entry?.declaration?.type !== 'let') return here
  const found = homeOf(env, entry)
  if (found?.of.declaration?.type !== 'let') return here
  lookUp(env, expression.name, expression.span)
  return { span: expression.span, expression: found.of.declaration.value, env: found.home }
}

/** Whether an expression can mean something to a setting that it does not mean elsewhere: a word or a group of values. */
export function meansMoreTo({ enum: words, calls }: SettingSchema, { type }: Expression): boolean {
  if (type === 'name') return words !== undefined || calls !== undefined
  return type === 'call' && calls !== undefined
}
