/** Values that the command line gives to params: `-p steps=50`. */

import { parseExpression } from '../../../grammar/parse.ts'
import { didYouMean } from '../messages/more.ts'
import * as names from '../messages/names.generated.ts'
import { type Env, report } from './env.ts'
import { evaluate } from './evaluate.ts'
import { inWords, type Value } from './values/values.ts'

/**
 * Reads the values of `-p name=value` into `given`. A value is a literal of the language and has the type of the param's default.
 * `here`: the folder that paths on the command line are relative to, relative to the program's folder.
 */
export function takeParams(
  env: Env,
  given: Map<string, Value>,
  { params, here }: { readonly params: Readonly<Record<string, string>>; readonly here: string },
): void {
  const { entry } = env.checker
  const declared = entry.program.declarations.filter((each) => each.type === 'param')
  const known = declared.map((each) => each.name.name)
  for (const [name, text] of Object.entries(params)) {
    const param = declared.find((each) => each.name.name === name)
    if (param === undefined) {
      const at = declared[0]?.name.span ?? { file: entry.file, start: 0, end: 0 }
      // The place is not that of the misspelled name, so there is nothing to replace.
      const { fix: _, ...more } = didYouMean(name, known, declared.length === 0 ? 'It declares none.' : undefined)
      report(env, names.unknownParam(at, { name }, more))
      continue
    }
    const before = env.checker.diagnostics.length
    const usual = evaluate(env, param.value)
    const value = literalOf(env, name, text, usual, here)
    // The evaluation of the param reports errors in its default again.
    env.checker.diagnostics.length = before
    const fits = value !== undefined && (usual.type === 'unknown' || value.type === usual.type)
    if (fits) given.set(name, value.type === 'string' ? { ...value, base: here } : value)
    else {
      const isValue = value !== undefined && value.type !== 'unknown'
      const problem = isValue ? `${inWords(value)}, and it is ${inWords(usual)}` : 'not a value'
      report(env, names.wrongParam(param.span, { name, text, problem }))
    }
  }
}

/** The value that a text on the command line stands for; `undefined` if it is not a literal. */
function literalOf(env: Env, name: string, text: string, usual: Value, here: string): Value | undefined {
  const { expression, problems } = parseExpression(`-p ${name}`, text)
  const isLiteral = problems.length === 0 && expression.type !== 'name' && expression.type !== 'missing'
  // Shells remove the quotes of a text.
  if (usual.type === 'string' && (!isLiteral || expression.type !== 'string'))
    return { type: 'string', value: text, base: here }
  if (!isLiteral) return undefined
  return evaluate({ ...env, module: { ...env.module, scope: new Map() } }, expression)
}
