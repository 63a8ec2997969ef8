/** Binds the parameters that a program declares: those of an operation, a filter or an architecture. */

import type { CallExpression, Parameter } from '../../../../grammar/syntax.ts'
import { missingArgument } from '../../messages/settings.generated.ts'
import type { Env, Thunk } from '../env.ts'
import { match } from './match.ts'
import { hasStatedType } from './stated-types.ts'

/**
 * The value of every parameter of a call, unevaluated unless its type is stated; `undefined` if the arguments do not fit. Defaults are
 * evaluated in `inside`. `typedDefaults`: whether defaults are compared with stated types here.
 */
export function bindParameters(
  env: Env,
  inside: Env,
  name: string,
  parameters: readonly Parameter[],
  call: CallExpression,
  piped: Thunk | undefined,
  typedDefaults = true,
): Map<string, Thunk> | undefined {
  const formals = parameters.map((parameter) => ({
    name: parameter.name.name,
    ...(parameter.default === undefined
      ? {
          missing: (at: Parameters<typeof missingArgument>[0]) => {
            const related = [{ span: parameter.span, label: 'declared here, without a default' }]
            return missingArgument(at, { callee: name, name: parameter.name.name }, { related })
          },
        }
      : {}),
  }))
  const most = parameters.length === 1 ? '1 argument' : `${parameters.length} arguments`
  const callee = { name, formals, positional: formals.map((each) => each.name), most, tooMany: { help: '' } }
  const { named, fits } = match(env, callee, call, piped)
  if (!fits) return undefined
  const locals = new Map([...named].map(([parameter, { value }]) => [parameter, value]))
  let typed = true
  for (const each of parameters) {
    const { name: parameter, default: otherwise } = each
    const given = locals.get(parameter.name)
    if (given !== undefined) {
      given.declared = parameter.span
      if (!hasStatedType(env, each, name, given)) typed = false
    } else if (otherwise !== undefined) {
      // A default sees the arguments that are given, and the defaults before it.
      const reach = { ...inside, locals: new Map(locals) }
      const declared = parameter.span
      const usual: Thunk = { span: otherwise.span, expression: otherwise, env: reach, declared }
      locals.set(parameter.name, usual)
      if (typedDefaults && typed && !hasStatedType(inside, each, name, usual)) typed = false
    }
  }
  return typed ? locals : undefined
}
