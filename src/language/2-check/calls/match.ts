/** Matches the arguments of a call in a program, each with the names in reach of it. */

import type { CallExpression } from '../../../../grammar/syntax.ts'
import { type Callee, type Matched, matchArguments, type Written } from '../../arguments.ts'
import { type Env, report, type Thunk } from '../env.ts'

/** The arguments of a call and of its block as they are written. */
function writtenArguments(env: Env, call: CallExpression, piped: Thunk | undefined): Written<Thunk>[] {
  const first = piped === undefined ? [] : [{ span: piped.span, value: piped }]
  const others = [...call.arguments, ...(call.block ?? [])].map(
    ({ name, span, value }): Written<Thunk> => ({ name, span, value: { span: value.span, expression: value, env } }),
  )
  return [...first, ...others]
}

/** Matches the arguments of `call` with the parameters of `callee`, and reports those that do not fit. */
export function match(env: Env, callee: Callee, call: CallExpression, piped: Thunk | undefined): Matched<Thunk> {
  const written = writtenArguments(env, call, piped)
  const matched = matchArguments(callee, written, call.callee.span, (diagnostic) => report(env, diagnostic))
  env.checker.facts.call(call, callee, matched, callee.rest)
  return matched
}
