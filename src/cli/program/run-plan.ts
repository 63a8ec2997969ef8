/** The plan that `run` runs: compiled, or remembered where nothing that it was compiled from has changed. */

import { dirname, relative } from 'node:path'
import type { Plan } from '../../core/plan.ts'
import type { Change } from '../../plan/moved.ts'
import { hasCode } from '../../store/inputs/code.ts'
import { loadMemo, type MemoRequest, type Remembered, saveMemo } from '../../store/memo.ts'
import { build } from '../build.ts'
import type { CompileCall } from './compiled.ts'
import { readSource } from './sources.ts'

interface PlanMemo {
  readonly plan: Plan
  /** What the sources in the language itself read, to tell a change of comments and white space from others. */
  readonly texts: Readonly<Record<string, string>>
}

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
  const save = (plan: Plan, sources: ReadonlyMap<string, string>): void =>
    saveMemo(call.store, request, sources, { plan, texts: inTheLanguage(sources) } satisfies PlanMemo)

  const known = loadMemo<PlanMemo>(call.store, request, readSource)
  if (known !== undefined && hasAllCode(known.value.plan, call.store)) {
    if (known.changed.length === 0) return known.value.plan
    const moved = await ifOnlyMoved(known)
    if (moved !== undefined) {
      save(moved, known.texts)
      return moved
    }
  }
  const { compileFile, sayDiagnostics } = await import('./compiled.ts')
  const compiled = compileFile(file, call)
  sayDiagnostics(compiled)
  // Warnings are to be said again the next time.
  const { plan, diagnostics, sources } = compiled
  if (plan !== undefined && diagnostics.length === 0) save(plan, sources)
  return plan
}

/** The plan without compiling, if all that changed are comments and white space. */
async function ifOnlyMoved({ value, texts, changed }: Remembered<PlanMemo>): Promise<Plan | undefined> {
  const { movedPlan } = await import('../../plan/moved.ts')
  const changes = new Map<string, Change>()
  for (const name of changed) {
    const [before, now] = [value.texts[name], texts.get(name)]
    if (before === undefined || now === undefined) return undefined
    changes.set(name, { before, now })
  }
  return movedPlan(value.plan, changes)
}

/** Modules of llmpipe itself and files of programs, and no code. */
function inTheLanguage(sources: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...sources].filter(([name]) => /^std:|\.llmpipe$/.test(name)))
}

/** Whether the code that its stages run is still in the store. */
function hasAllCode({ nodes }: Plan, store: string): boolean {
  return nodes.every(({ code }) => code === undefined || hasCode(store, code.bundle))
}
