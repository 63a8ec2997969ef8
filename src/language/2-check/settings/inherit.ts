/** `adamw(opt, lr: 1e-4)`: a group of values whose first argument is another group of its name has the values of that one too. */

import type { Span } from '../../../../grammar/span.ts'
import type { CallExpression, Expression } from '../../../../grammar/syntax.ts'
import type { Callee, Matched } from '../../arguments.ts'
import { cyclicDefinition } from '../../messages/names.generated.ts'
import { match } from '../calls/match.ts'
import { type Env, report, type Thunk } from '../env.ts'
import { unaliased } from './alias.ts'

/** A group as it is written, with the names in reach of it. */
export interface Group {
  readonly call: CallExpression
  readonly env: Env
}

/** The group that the first argument of a group names, if it is of the same name; else `undefined`. */
export function baseOf({ call, env }: Group): Group | undefined {
  const [first] = call.arguments
  if (first === undefined || first.name !== undefined) return undefined
  if (first.value.type !== 'name' && first.value.type !== 'call') return undefined
  const { expression, value, env: home = env } = unaliased(env, first.value)
  const { name } = call.callee
  if (value?.type === 'group') return value.call.callee.name === name ? value : undefined
  if (expression?.type === 'call') return expression.callee.name === name ? { call: expression, env: home } : undefined
  return expression?.type === 'name' && expression.name === name
    ? { call: asCall(expression.name, expression.span), env: home }
    : undefined
}

/** A group that is written as a word, `adamw`. */
export function asCall(name: string, span: Span): CallExpression {
  return { type: 'call', callee: { type: 'identifier', name, span }, arguments: [], span }
}

/** The arguments of a group by the names of its settings. Those of the call itself come before inherited ones. */
export function argumentsOfGroup(group: Group, callee: Callee, seen: readonly CallExpression[] = []): Matched<Thunk> {
  const { call, env } = group
  const base = baseOf(group)
  if (base === undefined) return match(env, callee, call, undefined)
  const { name } = call.callee
  if (seen.includes(call)) {
    report(env, cyclicDefinition(call.callee.span, { name, chain: `\`${name}\` → \`${name}\`` }))
    return { named: new Map(), rest: [], fits: false }
  }
  const before = argumentsOfGroup(base, callee, [...seen, call])
  const formals = callee.formals.map((formal) => (before.named.has(formal.name) ? { name: formal.name } : formal))
  const own = match(env, { ...callee, formals }, { ...call, arguments: call.arguments.slice(1) }, undefined)
  return { named: new Map([...before.named, ...own.named]), rest: [], fits: before.fits && own.fits }
}

/** The expression that a group gives to a name, its own or an inherited one; `undefined` if there is none. */
export function memberOf(group: Group, member: string): { readonly value: Expression; readonly env: Env } | undefined {
  for (const { entry, env } of entriesOf(group)) if (entry.name?.name === member) return { value: entry.value, env }
  return undefined
}

/** The entries of a group and of those that it inherits from, its own first. */
export function entriesOf(group: Group) {
  const entries: { readonly entry: CallExpression['arguments'][number]; readonly env: Env }[] = []
  const seen = new Set<CallExpression>()
  for (let at: Group | undefined = group; at !== undefined && !seen.has(at.call); at = baseOf(at)) {
    seen.add(at.call)
    const { call, env } = at
    const own = baseOf(at) === undefined ? call.arguments : call.arguments.slice(1)
    entries.push(...[...own, ...(call.block ?? [])].map((entry) => ({ entry, env })))
  }
  return entries
}
