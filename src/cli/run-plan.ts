/** The plan that `run` runs: compiled, or remembered where nothing that it was compiled from has changed. */

import { dirname, relative } from 'node:path'
import type { Plan } from '../core/plan.ts'
import { hasCode } from '../store/code.ts'
import { loadMemo, type MemoRequest, saveMemo } from '../store/memo.ts'
import { build } from './build.ts'
import type { CompileCall } from './compiled.ts'
import { readSource } from './sources.ts'

/** Nothing where the program has errors, which are said by then. */
export async function openRunPlan(file: string, call: CompileCall): Promise<Plan | undefined> {
  const request: MemoRequest = {
    llmpipe: build(),
    file,
    // Paths in params are relative to where the command was given.
    here: relative(dirname(file), '.'),
    params: call.params,
    engine: call.engine ?? null,
  }
  const remembered = loadMemo<Plan>(call.store, request, readSource)
  if (remembered !== undefined && hasAllCode(remembered, call.store)) return remembered
  const { compileFile, sayDiagnostics } = await import('./compiled.ts')
  const compiled = compileFile(file, call)
  sayDiagnostics(compiled)
  // Warnings are to be said again the next time.
  const { plan, diagnostics, sources } = compiled
  if (plan !== undefined && diagnostics.length === 0) saveMemo(call.store, request, sources, plan)
  return plan
}

/** Whether the code that its stages run is still in the store. */
function hasAllCode({ nodes }: Plan, store: string): boolean {
  return nodes.every(({ code }) => code === undefined || hasCode(store, code.bundle))
}
