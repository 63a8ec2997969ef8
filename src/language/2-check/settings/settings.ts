/** Settings: the meaning of an argument's expression, given the schema of the setting that takes it. */

import type { Expression, StringLiteral } from '../../../../grammar/syntax.ts'
import type { SettingSchema } from '../../../core/kind/setting.ts'
import type { Json } from '../../../core/values/json.ts'
import { wrongType } from '../../messages/settings.generated.ts'
import { condition, score } from '../documents/condition.ts'
import { type Env, report, sourceOf, type Thunk } from '../env.ts'
import { force } from '../evaluate.ts'
import { chosenBranch, meansMoreTo, unaliased } from './alias.ts'
import { elaborateGroup } from './group.ts'
import { partOf, type SettingPath } from './path.ts'
import { anySetting, fromValue, joined } from './plain.ts'
import { reportHidden, reportUnknownChoice } from './words.ts'

/** The value of a setting as JSON; `undefined` if it has an error, which is reported. */
export function elaborateSetting(
  env: Env,
  schema: SettingSchema,
  argument: Thunk,
  path: SettingPath,
): Json | undefined {
  path.spans[path.path] ??= argument.span
  env.checker.facts.setting(argument.span, schema, path.path)
  const thunk = chosenBranch(argument)
  const { expression } = thunk
  const inside = thunk.env ?? env
  if (expression?.type === 'missing') return undefined

  if (schema.expression && expression) return elaborateExpression(inside, schema, expression, path)
  if (expression?.type === 'name') {
    const { name, span } = expression
    if (schema.enum?.includes(name)) {
      reportHidden(inside, name, span, path)
      return name
    }
    const meant = unaliased(inside, expression)
    if (meant.expression && meant.expression !== expression && meant.env && meansMoreTo(schema, meant.expression))
      return elaborateSetting(meant.env, schema, meant, { ...path, spans: { ...path.spans } })
  }
  if (schema.calls && expression) {
    const group = elaborateGroup(inside, schema.calls, expression, path)
    if (group !== 'no group') return group
  }
  if (schema.template && expression?.type === 'string') return templateText(inside, expression)
  if (schema.type === 'array' && expression?.type === 'list') {
    const items = expression.items.map((item, index) => {
      const { span } = item
      return elaborateSetting(
        inside,
        schema.items ?? anySetting,
        { span, expression: item, env: inside },
        partOf(path, index),
      )
    })
    return items.every((item) => item !== undefined) ? joined(schema, items as Json[]) : undefined
  }
  if (expression?.type === 'name' && isStrangeWord(inside, schema, expression, path)) return undefined
  return fromValue(inside, schema, force(thunk), thunk.span, path)
}

/** A condition over documents, or a number for each. */
function elaborateExpression(env: Env, schema: SettingSchema, expression: Expression, path: SettingPath) {
  const written = unaliased(env, expression).expression ?? expression
  const inside = path.lists === undefined ? env : { ...env, lists: path.lists }
  const checked = schema.expression === 'number' ? score(env, written, schema.metrics) : condition(inside, written)
  if (checked === undefined) return undefined
  path.labels[`$${path.path}`] = checked.label
  return checked.test as unknown as Json
}

/** Reports a word that is neither a choice for the setting nor a name of the program. */
function isStrangeWord(
  env: Env,
  schema: SettingSchema,
  { name, span }: Extract<Expression, { type: 'name' }>,
  path: SettingPath,
): boolean {
  if (schema.type === 'boolean' && /^(yes|no|on|off)$/.test(name)) {
    const words = { setting: `\`${path.path}\``, expected: 'true or false', got: `\`${name}\`` }
    report(env, wrongType(span, words))
    return true
  }
  if (!schema.enum || env.locals.has(name) || env.module.scope.has(name)) return false
  reportUnknownChoice(env, schema, name, span, path)
  return true
}

/** A template as it is written, with its holes. Only a brace or a backslash that stands for itself keeps its escape. */
function templateText(env: Env, literal: StringLiteral): string {
  return literal.parts
    .map((part) =>
      part.type === 'text' ? part.text.replace(/[\\{}]/g, '\\$&') : `{${sourceOf(env, part.value.span)}}`,
    )
    .join('')
}
