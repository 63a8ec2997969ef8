/** The plan that `run` runs. It is remembered from the last run if nothing that it was compiled from has changed. */

import { dirname, relative } from 'node:path'
import type { Diagnostic } from '../../core/diagnostic.ts'
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
  /** The warnings about the program, which every run prints. */
  readonly warnings: readonly Diagnostic[]
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
  const save = (plan: Plan, sources: ReadonlyMap<string, string>, warnings: readonly Diagnostic[]): void =>
    saveMemo(call.root, request, sources, { plan, texts: inTheLanguage(sources), warnings } satisfies PlanMemo)

  const known = loadMemo<PlanMemo>(call.root, request, readSource)
  if (known !== undefined && hasAllCode(known.value.plan, call.root)) {
    if (known.changed.length === 0) {
      await printWarnings(known)
      return known.value.plan
    }
    const moved = await ifOnlyMoved(known)
    if (moved !== undefined) {
      save(moved, known.texts, [])
      return moved
    }
  }
  const { compileFile } = await import('./compiled.ts')
  const { printDiagnostics } = await import('./print-diagnostics.ts')
  const compiled = compileFile(file, call)
  printDiagnostics(compiled)
  const { plan, diagnostics, sources } = compiled
  if (plan === undefined) throw new Refused()
  save(plan, sources, diagnostics)
  return plan
}

async function printWarnings({ value: { warnings }, texts }: Remembered<PlanMemo>): Promise<void> {
  if (warnings.length === 0) return
  const { printDiagnostics } = await import('./print-diagnostics.ts')
  printDiagnostics({ diagnostics: warnings, sources: texts })
}

/**
 * The remembered plan with its spans moved, if only comments and white space have changed and the program has no warnings, whose
 * spans would have to move too; else `undefined`.
 */
async function ifOnlyMoved({ value, texts, changed }: Remembered<PlanMemo>): Promise<Plan | undefined> {
  if (value.warnings.length > 0) return undefined
  const { movedPlan } = await import('../../plan/moved.ts')
  const changes = new Map<string, Change>()
  for (const name of changed) {
    const [before, now] = [value.texts[name], texts.get(name)]
    if (before === undefined || now === undefined || divides.test(now)) return undefined
    changes.set(name, { before, now })
  }
  return movedPlan(value.plan, changes)
}

/** A comment of which the compiler may warn, because it looks like a division: `7 // 2`. */
const divides = /[\w)\]] *\/\/ *\d/

/** The sources that are written in llmpipe: standard modules and programs, no TypeScript. */
function inTheLanguage(sources: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...sources].filter(([name]) => /^std:|\.llmpipe$/.test(name)))
}

/** Whether the store still has the code of all custom stages. */
function hasAllCode({ nodes }: Plan, store: string): boolean {
  return nodes.every(({ code }) => code === undefined || hasCode(store, code.bundle))
}
