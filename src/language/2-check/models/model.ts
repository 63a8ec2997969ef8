/** `model gpt = llama(…)`: the third pass makes a tensor graph of an architecture and its sizes. */

import { createHash } from 'node:crypto'
import type { BlockDeclaration, CallExpression, ModelDeclaration } from '../../../../grammar/syntax.ts'
import type { TokenizerSize } from '../../../core/artefact.ts'
import { canonical, type Json } from '../../../core/values/json.ts'
import { withoutWords } from '../../../core/values/without-words.ts'
import type { ModelSpec } from '../../../model/spec.ts'
import type { Module } from '../../1-resolve/module.ts'
import * as say from '../../messages/models.generated.ts'
import { bindParameters } from '../calls/parameters.ts'
import { type Env, type ModelArgument, type ModelScope, markUsed, report, type Thunk } from '../env.ts'
import { force } from '../evaluate.ts'
import { inWords, unknown, type Value } from '../values/values.ts'
import { atArgument } from './blame.ts'

export function callArchitecture(
  env: Env,
  declaration: ModelDeclaration,
  call: CallExpression,
  piped: Thunk | undefined,
  home: Module,
): Value {
  const { checker } = env
  const locals = bindParameters(
    env,
    { ...env, module: home, loop: undefined },
    declaration.name.name,
    declaration.parameters,
    call,
    piped,
    false,
  )
  if (locals === undefined) return unknown
  const args = new Map<string, ModelArgument>()
  let sizeOf: string | undefined
  let fits = true
  for (const { name: parameter } of declaration.parameters) {
    const thunk = locals.get(parameter.name)
    // The architecture computes its defaults itself.
    if (thunk === undefined || thunk.env !== env) continue
    const value = force(thunk)
    if (value.type === 'number' || value.type === 'boolean' || value.type === 'string')
      args.set(parameter.name, value.value)
    else if (value.type === 'size') {
      args.set(parameter.name, { symbol: 'vocab' })
      sizeOf = value.tokenizer
    } else {
      if (value.type !== 'unknown')
        report(env, say.wrongArgument(thunk.span, { name: parameter.name, got: inWords(value) }))
      fits = false
    }
  }
  if (!fits) return unknown
  const scope = scopeOf(env, home)
  const { spec, diagnostics, shapes } = checker.elaborateModel(declaration, scope, args, call.span)
  if (shapes !== undefined) checker.facts.shapes(shapes)
  const isRight = (others: typeof args) => {
    const tried = checker.elaborateModel(declaration, scope, others, call.span)
    return tried.spec !== undefined && tried.diagnostics.length === 0
  }
  const places = new Map([...locals].map(([name, thunk]) => [name, thunk.span]))
  const blamed = spec === undefined && home !== env.module ? atArgument(diagnostics, args, places, isRight) : undefined
  for (const diagnostic of blamed === undefined ? diagnostics : [blamed]) report(env, diagnostic)
  if (spec === undefined) return unknown
  const digest = digestOf(spec)
  checker.models.set(digest, spec)
  checker.reuse.frames.at(-1)?.models.set(digest, spec)
  const vocab: TokenizerSize = typeof spec.vocab === 'number' ? spec.vocab : { sizeOf: sizeOf ?? spec.vocab }
  const artefact = { kind: 'Model', model: digest, vocab } as const
  return { type: 'model', digest, name: spec.$name, arguments: spec.$arguments, artefact }
}

/** The blocks in reach. Each file sees those that it declares or imports. */
function scopeOf(env: Env, home: Module): ModelScope {
  const resolve = (name: string, from: string): BlockDeclaration | undefined => {
    const module = env.checker.modules.find((each) => each.file === from)
    const declaration = module?.scope.get(name)?.declaration
    if (module && declaration) markUsed(env.checker, module.file, name)
    return declaration?.type === 'block' ? declaration : undefined
  }
  const blocks = new Map<string, BlockDeclaration>()
  for (const [name, entry] of home.scope) if (entry.declaration?.type === 'block') blocks.set(name, entry.declaration)
  return { blocks, resolve }
}

/** The digests of models that were made before: the language server remembers models, and a digest takes longer than all else. */
const digests = new WeakMap<ModelSpec, string>()

function digestOf(spec: ModelSpec): string {
  const known = digests.get(spec) ?? digestNow(spec)
  digests.set(spec, known)
  return known
}

/** The SHA-256 of a model without its texts for people (`$…`), so that a renamed architecture is the same model. */
function digestNow(spec: ModelSpec): string {
  return createHash('sha256')
    .update(canonical(withoutWords(spec as unknown as Json)))
    .digest('hex')
}
