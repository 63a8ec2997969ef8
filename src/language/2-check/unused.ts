/** Warnings of names that nothing reads. */

import { type ModuleEntry, placed } from '../1-resolve/module.ts'
import { unusedImport } from '../messages/imports.generated.ts'
import * as models from '../messages/models.generated.ts'
import * as names from '../messages/names.generated.ts'
import * as sweeps from '../messages/sweeps.generated.ts'
import { type Env, report } from './env.ts'
import { unusedBindings } from './models/unused-bindings.ts'
import { unusedVariables } from './sweeps/variants.ts'

/** Warns of names in the entry file that nothing reads. Data, tokenizers and stages are results in themselves. */
export function warnUnused(env: Env): void {
  const { checker } = env
  for (const { name, span } of unusedVariables(env)) report(env, sweeps.unusedVariable(span, { name }))
  for (const { declaration } of placed(checker.entry.program.declarations))
    if (declaration.type === 'block' || declaration.type === 'model')
      for (const { name, span } of unusedBindings(declaration)) {
        // The graph of a model may have reported an unused weight in this binding already.
        const known = checker.diagnostics.some(
          (each) => each.span.file === span.file && each.span.start >= span.start && each.span.end <= span.end,
        )
        if (!known) report(env, models.unusedBinding(name.span, { name: name.name, of: declaration.name.name }))
      }
  for (const entry of checker.entry.scope.values()) {
    if (checker.used.has(`${checker.entry.file}\n${entry.name}`) || isLost(entry)) continue
    if (entry.imported) report(env, unusedImport(entry.at, { name: entry.name }))
    else if (['let', 'param'].includes(entry.declaration?.type ?? ''))
      report(env, names.unusedName(entry.at, { name: entry.name }))
  }
}

/** Whether the import of a name failed, which was reported. */
function isLost({ declaration, custom }: ModuleEntry): boolean {
  return declaration === undefined && custom === undefined
}
