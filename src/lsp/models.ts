/** Remembers the tensor graphs of architectures, since most of compiling a program is making the same ones again. */

import type { ModelDeclaration } from '../../grammar/syntax.ts'
import type { ElaborateModel } from '../language/2-check/env.ts'

type Elaborated = ReturnType<ElaborateModel>

/** How many calls of one architecture are remembered. */
const maxCalls = 64

const known = new WeakMap<ModelDeclaration, Map<string, Elaborated>>()

/**
 * `elaborate`, called only once for each declaration and its arguments. Only architectures of standard modules are remembered, because
 * their blocks do not change, and only those without diagnostics, because a diagnostic names the place of the call.
 */
export function rememberedModels(elaborate: ElaborateModel): ElaborateModel {
  return (declaration, scope, args, at) => {
    if (!declaration.span.file.startsWith('std:')) return elaborate(declaration, scope, args, at)
    const calls = known.get(declaration) ?? new Map<string, Elaborated>()
    known.set(declaration, calls)
    const key = JSON.stringify([...args])
    const found = calls.get(key)
    if (found !== undefined) {
      // The blocks of the architecture count as used, as they would if it were elaborated again.
      for (const name of scope.blocks.keys()) scope.resolve(name, declaration.span.file)
      return found
    }
    const made = elaborate(declaration, scope, args, at)
    if (made.spec !== undefined && made.diagnostics.length === 0) {
      if (calls.size >= maxCalls) calls.clear()
      calls.set(key, made)
    }
    return made
  }
}
