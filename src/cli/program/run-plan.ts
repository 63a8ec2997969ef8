/** The plan that `run` runs. It is remembered from the last run if nothing that it was compiled from has changed. */

import { dirname, relative } from 'node:path'
import type { Plan } from '../../core/plan.ts'
import type { Change } from '../../plan/moved.ts'
import { hasCode } from '../../store/inputs/code.ts'
import { loadMemo, type MemoRequest, type Remembered, saveMemo } from '../../store/memo.ts'
import { build } from '../build.ts'
import { Refused } from '../terminal/refusal.ts'
import type { CompileCall } from './compiled.ts'
import { readSource } from './sources.ts'

interface PlanMemo {
  readonly plan: Plan
  /** The sources written in llmpipe, which show whether only comments and white space have changed. */
  readonly texts: Readonly<Record<string, string>>
}

/** Compiles the program for `run`. Throws Refused if it has errors, after it printed them. */
export async function runPlanOf(file: string, call: CompileCall): Promise<Plan> {
  const request: MemoRequest = {
    llmpipe: build(),
    file,
    // Paths in params are relative to the folder in which the command was called.
    here: relative(dirname(file), '.'),
    params: call.params,
    engine: call.engine ?? null,
  }
  const save = (plan: Plan, sources: ReadonlyMap<string, string>): void =>
    saveMemo(call.root, request, sources, { plan, texts: inTheLanguage(sources) } satisfies PlanMemo)

  const known = loadMemo<PlanMemo>(call.root, request, readSource)
  if (known !== undefined && hasAllCode(known.value.plan, call.root)) {
    if (known.changed.length === 0) return known.value.plan
    const moved = await ifOnlyMoved(known)
    if (moved !== undefined) {
      save(moved, known.texts)
      return moved
    }
  }
  const { compileFile, printDiagnostics } = await import('./compiled.ts')
  const compiled = compileFile(file, call)
  printDiagnostics(compiled)
  const { plan, diagnostics, sources } = compiled
  if (plan === undefined) throw new Refused()
  // A program with warnings is compiled again the next time, so that they are printed again.
  if (diagnostics.length === 0) save(plan, sources)
  return plan
}

/** The remembered plan with its spans moved, if only comments and white space have changed; else `undefined`. */
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

/** The sources that are written in llmpipe: standard modules and programs, no TypeScript. */
function inTheLanguage(sources: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...sources].filter(([name]) => /^std:|\.llmpipe$/.test(name)))
}

/** Whether the store still has the code of all custom stages. */
function hasAllCode({ nodes }: Plan, store: string): boolean {
  return nodes.every(({ code }) => code === undefined || hasCode(store, code.bundle))
}
