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
  given: Map<object, Value>,
  { params, here }: { readonly params: Readonly<Record<string, string>>; readonly here: string },
): void {
  const { entry, modules } = env.checker
  // Those of the program itself come before those of files that it uses.
  const declared = [entry, ...modules.filter((module) => module !== entry && !module.file.startsWith('std:'))].flatMap(
    (module) => module.program.declarations.flatMap((param) => (param.type === 'param' ? [{ param, module }] : [])),
  )
  const known = declared.map(({ param }) => param.name.name)
  for (const [name, text] of Object.entries(params)) {
    const [found, other] = declared.filter(({ param }) => param.name.name === name)
    if (found === undefined || (found.module !== entry && other !== undefined)) {
      const at = (found ?? declared[0])?.param.name.span ?? { file: entry.file, start: 0, end: 0 }
      // The place is not that of the misspelled name, so there is nothing to replace.
      const { fix: _, ...more } = didYouMean(name, known, declared.length === 0 ? 'It declares none.' : undefined)
      const several = `\`${found?.module.file}\` and \`${other?.module.file}\` declare it: rename one of them.`
      report(env, names.unknownParam(at, { name }, other === undefined ? more : { help: several }))
      continue
    }
    const { param } = found
    const before = env.checker.diagnostics.length
    const usual = evaluate({ ...env, module: found.module }, param.value)
    const value = literalOf(env, name, text, usual, here)
    // The evaluation of the param reports errors in its default again.
    env.checker.diagnostics.length = before
    const fits = value !== undefined && (usual.type === 'unknown' || value.type === usual.type)
    if (fits) given.set(param, value.type === 'string' ? { ...value, base: here } : value)
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
