/** Calls of functions of numbers in values of the program: `min(dim, 512)`, `round(1.5 * dim)`. */

import type { CallExpression } from '../../../../grammar/syntax.ts'
import { numberFunctions } from '../../../core/values/number-functions.ts'
import * as say from '../../messages/settings.generated.ts'
import { type Env, report, type Thunk } from '../env.ts'
import { force } from '../evaluate.ts'
import { commonUnit, finite } from '../values/arithmetic.ts'
import { inWords, unknown, type Value } from '../values/values.ts'
import { match } from './match.ts'

/** The value of a call of a number function. Two numbers have the same unit, which is that of the result. */
export function callNumberFunction(env: Env, call: CallExpression, piped: Thunk | undefined): Value {
  const { name } = call.callee
  const { takes, of } = numberFunctions[name]!
  const names = ['a', 'b'].slice(0, takes)
  const formals = names.map((each) => ({
    name: each,
    missing: (at: typeof call.span) => say.missingArgument(at, { callee: name, name: each }),
  }))
  const most = takes === 1 ? '1 number' : `${takes} numbers`
  const { named, fits } = match(env, { name, formals, positional: names, most, tooMany: { help: '' } }, call, piped)
  if (!fits) return unknown
  const values = names.map((each) => force(named.get(each)!.value))
  for (const [at, value] of values.entries()) {
    if (value.type === 'number') continue
    const { span } = named.get(names[at]!)!.value
    if (value.type === 'size') report(env, say.sizeUnknown(span, { name: value.name }))
    else if (value.type !== 'unknown')
      report(env, say.wrongOperand(span, { operator: `\`${name}\``, expected: 'a number', got: inWords(value) }))
    return unknown
  }
  const numbers = values.filter((value) => value.type === 'number')
  const [first, second = first] = numbers
  const unit = first && second && commonUnit(first.unit, second.unit)
  if (first === undefined || second === undefined || unit === undefined) {
    report(env, say.unitClash(call.span, { left: inWords(first ?? unknown), right: inWords(second ?? unknown) }))
    return unknown
  }
  return finite(env, of(...numbers.map(({ value }) => value)), unit, false, call.span)
}
