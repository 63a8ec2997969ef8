/** The values of names, and help for names that have none. */

import type { Span } from '../../../../grammar/span.ts'
import { isLostName, type ModuleEntry, type NamedDeclaration, whatIs } from '../../1-resolve/module.ts'
import { valueElsewhere } from '../../messages/habits.ts'
import { didYouMean, habitHelp, type More } from '../../messages/more.ts'
import * as names from '../../messages/names.generated.ts'
import { importOf, isGroup } from '../calls/call.ts'
import { valuesOf } from '../declarations.ts'
import { type Env, lookUp, lookUpLocal, report } from '../env.ts'
import { force } from '../evaluate.ts'
import { unknown, type Value } from './values.ts'

export function evaluateName(env: Env, name: string, span: Span): Value {
  const local = lookUpLocal(env, name, span)
  if (local !== undefined) return force(local)
  const entry = lookUp(env, name, span)
  if (entry === undefined) return unboundName(env, name, span)
  if (entry.custom !== undefined) {
    const words = { name, what: 'a custom stage', way: `Call it: \`${name}(…)\`.` }
    report(env, names.notAValue(span, words, { related: [{ span: entry.at, label: 'imported here' }] }))
    return unknown
  }
  const { declaration } = entry
  if (declaration === undefined) return unknown
  switch (declaration.type) {
    case 'filter':
    case 'op':
    case 'function':
    case 'block':
    case 'model':
      return reportUncalled(env, name, span, entry, declaration)
    default:
      return valuesOf(env, entry, span)
  }
}

/** The value of a name that nothing binds: a group of values as a word, or unknown, which is reported. */
function unboundName(env: Env, name: string, span: Span): Value {
  if (isLostName(env.module, name)) return unknown
  // A group that needs no arguments may be written as a word, here as in the setting that takes it.
  if (isGroup(env, name)) {
    const callee = { type: 'identifier', name, span } as const
    return { type: 'group', call: { type: 'call', callee, arguments: [], span }, env }
  }
  report(env, names.unknownName(span, { name }, unknownNameHelp(env, name)))
  return unknown
}

function unknownNameHelp(env: Env, name: string): More {
  if (Object.hasOwn(env.checker.catalogue.kinds, name))
    return { help: `\`${name}\` is an operation: call it, \`${name}(…)\`.` }
  const elsewhere = valueElsewhere(name)
  if (elsewhere !== undefined) return habitHelp(elsewhere)
  const inReach = [...env.locals.keys(), ...env.module.scope.keys()]
  return importOf(env, name) ?? choiceElsewhere(env, name) ?? didYouMean(name, inReach)
}

/** Reports a filter, an operation, a block or an architecture in place of a value. */
function reportUncalled(env: Env, name: string, span: Span, { at }: ModuleEntry, declaration: NamedDeclaration): Value {
  const isBlock = declaration.type === 'block'
  const way = isBlock ? 'Blocks are used in the body of a `model` or another `block`.' : `Call it: \`${name}(…)\`.`
  const related = [{ span: at, label: 'declared here' }]
  report(env, names.notAValue(span, { name, what: whatIs(declaration), way }, { related }))
  return unknown
}

/** The help for a word that is a choice of some setting, and has no meaning elsewhere; `undefined` if it is not such a word. */
function choiceElsewhere(env: Env, name: string): { readonly help: string } | undefined {
  for (const [kind, { settings: schema }] of Object.entries(env.checker.catalogue.kinds))
    for (const [setting, { enum: choices }] of Object.entries(schema.properties))
      if (choices?.includes(name))
        return {
          help: `\`${name}\` is a choice for a setting, and is written there: \`${kind}(…, ${setting}: ${name})\`.`,
        }
  return undefined
}
