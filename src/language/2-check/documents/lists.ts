/** Lists in files, in conditions: `url.host in list("blocklist.txt")`. */

import type { CallExpression, Expression } from '../../../../grammar/syntax.ts'
import * as names from '../../messages/names.generated.ts'
import * as say from '../../messages/settings.generated.ts'
import type { CheckedCall } from '../../program.ts'
import { type Env, report } from '../env.ts'
import { elaborateFiles } from '../settings/files.ts'
import { type Binary, type Checked, fits, inTypeWords } from './condition.ts'

/** Whether an expression is `list(…)`, which the program does not declare. */
export function isList(env: Env, expression: Expression): expression is CallExpression {
  return expression.type === 'call' && expression.callee.name === 'list' && !env.module.scope.has('list')
}

/** Checks `of in list("blocklist.txt")`, and collects the files of the list. `undefined` if it has an error, which is reported. */
export function checkList(env: Env, at: Binary, call: CallExpression, of: Checked): Checked | undefined {
  const { arguments: given, block, callee } = call
  const [path, ...more] = given
  if (path === undefined || path.name !== undefined || more.length > 0 || block !== undefined) {
    const words = { name: 'list', expected: 'a path, a pattern or a list of them: `list("blocklist.txt")`' }
    report(env, say.wrongFunctionUse(call.span, words))
    return undefined
  }
  if (env.lists === undefined) {
    const help = 'Only `keep`, `drop` and filters read lists. Write the values: `in ["a", "b"]`.'
    report(env, names.unknownCall(callee.span, { name: 'list' }, { help }))
    return undefined
  }
  if (!fits(of, 'string')) {
    report(env, say.wrongOperands(at.span, { operator: '`in`', left: inTypeWords(of), right: 'a list of texts' }))
    return undefined
  }
  const files = elaborateFiles(env, 'list', { span: path.value.span, expression: path.value, env }, {})
  if (files === undefined) return undefined
  const list = env.lists.push(files) - 1
  return { expression: { op: 'listed', of: of.expression, list }, type: 'boolean', unit: 'none' }
}

/** The files of lists as those of settings, by the names under which a stage finds them. */
export function filesOfLists({ lists = [] }: Pick<Env, 'lists'>): CheckedCall['files'] {
  return Object.fromEntries(lists.map((files, index) => [`list.${index}`, files]))
}
