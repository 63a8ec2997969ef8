/** Groups of values, such as `adamw(lr: 1e-3)`, where a setting takes one. */

import type { CallExpression, Expression } from '../../../../grammar/syntax.ts'
import type { SettingSchema, SettingsSchema } from '../../../core/kind/setting.ts'
import type { Json, JsonObject } from '../../../core/values/json.ts'
import { didYouMean } from '../../messages/more.ts'
import { unknownGroup } from '../../messages/settings.generated.ts'
import { takeInput } from '../calls/inputs.ts'
import { calleeOfGroup } from '../calls/kind-callee.ts'
import { type Env, report } from '../env.ts'
import { argumentsOfGroup, asCall } from './inherit.ts'
import { partOf, type SettingPath } from './path.ts'
import { checkRanges } from './ranges.ts'
import { elaborateSetting } from './settings.ts'
import { reportHidden } from './words.ts'

type Groups = NonNullable<SettingSchema['calls']>

/** The group of values that an expression is, `{ call: 'adamw', lr: 0.001, … }`; `undefined` if it has an error, which is reported. */
export function elaborateGroup(
  env: Env,
  groups: Groups,
  expression: Expression,
  path: SettingPath,
): Json | undefined | 'no group' {
  if (expression.type === 'name' && Object.hasOwn(groups, expression.name)) {
    const { name, span } = expression
    reportHidden(env, name, span, path)
    // A word is a group without arguments; if the group needs some, they are reported as missing.
    return groupValues(env, groups[name]!, asCall(name, span), path)
  }
  if (expression.type !== 'call') return 'no group'
  const { name } = expression.callee
  const group = Object.hasOwn(groups, name) ? groups[name] : undefined
  if (group !== undefined) return groupValues(env, group, expression, path)
  const known = Object.keys(groups)
  const words = {
    got: `${name}(…)`,
    setting: path.path,
    choices: known.map((each) => `\`${each}(…)\``).join(', '),
  }
  report(env, unknownGroup(expression.callee.span, words, didYouMean(name, known)))
  return undefined
}

function groupValues(
  env: Env,
  schema: SettingsSchema,
  call: CallExpression,
  path: SettingPath,
): JsonObject | undefined {
  const { name } = call.callee
  const { named, fits: allMatch } = argumentsOfGroup({ call, env }, calleeOfGroup(name, schema))
  const values: Record<string, Json> = { call: name }
  let fits = allMatch
  for (const [setting, each] of Object.entries(schema.properties)) {
    const argument = named.get(setting)?.value
    const part = partOf(path, setting)
    if (argument && each.input) {
      path.spans[part.path] ??= argument.span
      if (!takeInput(env, path.callee, part.path, each.input, argument, path.inputs, path.spans)) fits = false
    } else if (argument) {
      const value = elaborateSetting(env, each, argument, part)
      if (value === undefined) fits = false
      else values[setting] = value
    } else if (each.default !== undefined) values[setting] = each.default
  }
  const inRange = checkRanges(env, schema, values, path.path, path.spans, call.span)
  return fits && inRange ? values : undefined
}
