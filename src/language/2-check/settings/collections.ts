/** Files that are named through something else: `list("files.txt")` and `dataset("folder", split: "train")`. */

import type { CallExpression } from '../../../../grammar/syntax.ts'
import { collections } from '../../../core/kind/collections.ts'
import type { SettingSchema } from '../../../core/kind/setting.ts'
import type { FilePattern } from '../../../core/plan.ts'
import { wrongType } from '../../messages/settings.generated.ts'
import { calleeOfGroup } from '../calls/kind-callee.ts'
import { match } from '../calls/match.ts'
import { type Env, report, type Thunk } from '../env.ts'
import { unaliased } from './alias.ts'
import { elaborateFiles } from './files.ts'
import type { SettingPath } from './path.ts'
import { elaborateSetting } from './settings.ts'

interface CollectionCall {
  readonly name: keyof typeof collections
  readonly call: CallExpression
  readonly env: Env
}

/** The call of a collection that a value is, or is bound to; `undefined` for other values. A name that the program declares is not one. */
function collectionIn(env: Env, { expression, env: own = env }: Thunk): CollectionCall | undefined {
  if (expression === undefined) return undefined
  const meant = expression.type === 'name' ? unaliased(own, expression) : { expression, env: own }
  const call = meant.expression
  if (call?.type !== 'call' || !Object.hasOwn(collections, call.callee.name)) return undefined
  const inside = meant.env ?? own
  if (inside.module.scope.has(call.callee.name)) return undefined
  return { name: call.callee.name as keyof typeof collections, call, env: inside }
}

/** The files of a setting that may name them through a collection; `undefined` if something is wrong, which is reported. */
export function elaborateSources(
  env: Env,
  name: string,
  thunk: Thunk,
  schema: SettingSchema,
  path: SettingPath,
): FilePattern | undefined {
  const collection = schema.collections ? collectionIn(env, thunk) : undefined
  if (collection === undefined) return elaborateFiles(env, name, thunk, schema)
  const { call, env: inside } = collection
  const group = collections[collection.name]
  const [first] = group.positional
  const { named, fits } = match(inside, { ...calleeOfGroup(collection.name, group) }, call, undefined)
  let files: FilePattern | undefined
  const texts: Record<string, string> = {}
  let allFit = fits
  for (const [setting, each] of Object.entries<SettingSchema>(group.properties)) {
    const argument = named.get(setting)?.value
    if (argument === undefined) continue
    if (setting === first) files = elaborateFiles(inside, `${name}.${setting}`, argument, {})
    else {
      const value = elaborateSetting(inside, each, argument, { ...path, path: `${path.path}.${setting}` })
      if (typeof value === 'string') texts[setting] = value
      else allFit = false
    }
  }
  if (files === undefined || !allFit) return undefined
  if (collection.name === 'list') return { ...files, through: { type: 'list', ...texts } }
  if (files.patterns.length === 1) return { ...files, through: { type: 'dataset', ...texts } }
  report(inside, wrongType(call.span, { setting: '`dataset`', expected: 'one folder', got: 'a list of paths' }))
  return undefined
}
