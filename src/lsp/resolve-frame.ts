/** Finds what the calls around the cursor call. */

import { mixName, mixSettings } from '../core/kind/mixture.ts'
import type { SettingSchema } from '../core/kind/setting.ts'
import { numberFunctions } from '../core/values/number-functions.ts'
import {
  type Callable,
  type CallableParameter,
  groupAsCallable,
  kindAsCallable,
  parameterFor,
  primitiveAsCallable,
  symbolAsCallable,
} from './callables.ts'
import type { Frame } from './cursor.ts'
import type { Workspace } from './workspace.ts'

/** A call around the cursor, with the parameter that the cursor is in. */
export interface ResolvedCall {
  readonly frame: Frame
  readonly callable: Callable
  readonly parameter: CallableParameter | undefined
}

/** The innermost call around the cursor; `undefined` if there is none, or nothing with its name. */
export function innermostCall(workspace: Workspace, path: string, frames: readonly Frame[]): ResolvedCall | undefined {
  for (let at = frames.length - 1; at >= 0; at--) {
    const frame = frames[at] as Frame
    if (frame.sort === 'call') return resolveCall(workspace, path, frames, at)
    if (frame.sort === 'body' || frame.sort === 'imports') return undefined
  }
  return undefined
}

function resolveCall(
  workspace: Workspace,
  path: string,
  frames: readonly Frame[],
  at: number,
): ResolvedCall | undefined {
  const frame = frames[at] as Frame
  const name = frame.callee ?? ''
  const callable = groupNamed(workspace, path, frames, at, name) ?? callableNamed(workspace, path, frames, name)
  if (callable === undefined) return undefined
  const isPositional = frame.argument === undefined && frame.isBlock !== true
  const parameter =
    frame.argument !== undefined || isPositional ? parameterFor(callable, frame.argument, frame.positional) : undefined
  return { frame, callable, parameter }
}

/** The callable that a name stands for; in the body of an architecture, the parts of architectures count too. */
export function callableNamed(
  workspace: Workspace,
  path: string,
  frames: readonly Frame[],
  name: string,
): Callable | undefined {
  const symbol = workspace.lastNames(path)?.scope.get(name)
  if (symbol !== undefined) {
    const { file } = (symbol.original ?? symbol).span
    const own = symbolAsCallable(symbol, workspace.read(file) ?? '')
    if (own !== undefined) return own
    const custom = symbol.sort === 'custom' ? workspace.customKinds(path).get(name) : undefined
    if (custom !== undefined) return kindAsCallable(custom)
  }
  if (isInArchitecture(frames)) return primitiveAsCallable(name)
  const { kinds } = workspace.services.catalogue
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined
  if (kind !== undefined) return kindAsCallable(kind)
  if (name === mixName) return groupAsCallable(mixName, mixSettings)
  return Object.hasOwn(numberFunctions, name) ? primitiveAsCallable(name) : undefined
}

/** Whether the cursor is in the body of a block or an architecture. */
export function isInArchitecture(frames: readonly Frame[]): boolean {
  return frames.some(({ sort, keyword }) => sort === 'body' && (keyword === 'block' || keyword === 'model'))
}

/** The group of values that a name stands for in the setting around it. */
function groupNamed(
  workspace: Workspace,
  path: string,
  frames: readonly Frame[],
  at: number,
  name: string,
): Callable | undefined {
  const outer = settingAround(workspace, path, frames, at)
  const calls = outer?.calls
  return calls !== undefined && Object.hasOwn(calls, name) ? groupAsCallable(name, calls[name]!) : undefined
}

/** The setting whose value the frame with an index stands in; of a list, the schema of its items. */
export function settingAround(
  workspace: Workspace,
  path: string,
  frames: readonly Frame[],
  at: number,
): SettingSchema | undefined {
  let isItem = false
  for (let i = at - 1; i >= 0; i--) {
    const { sort } = frames[i] as Frame
    if (sort === 'list') isItem = true
    else if (sort === 'call') {
      const schema = resolveCall(workspace, path, frames, i)?.parameter?.schema
      return isItem ? (schema?.items ?? schema) : schema
    } else if (sort !== 'parentheses') return undefined
  }
  return undefined
}
