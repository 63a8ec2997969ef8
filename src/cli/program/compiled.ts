/** Compiles a program file to its plan, or to its errors. */

import type { Diagnostic } from '../../core/diagnostic.ts'
import type { Plan, PlanNode } from '../../core/plan.ts'
import { elaborateModel } from '../../language/3-elaborate/model.ts'
import { compile } from '../../language/compile.ts'
import { toPlan } from '../../plan/plan.ts'
import { placeOf } from '../../store/place.ts'
import { exportErrors } from '../check/export-checks.ts'
import { precisionErrors } from '../check/precision-checks.ts'
import { Refused } from '../terminal/refusal.ts'
import { catalogue } from './catalogue.ts'
import { type CustomStages, customStages, Descriptions } from './custom-stages.ts'
import { printDiagnostics } from './print-diagnostics.ts'
import { parsedSource, readSource } from './sources.ts'

export interface CompiledFile {
  /** Absent if there are errors. */
  readonly plan?: Plan
  readonly diagnostics: readonly Diagnostic[]
  readonly sources: ReadonlyMap<string, string>
  /** Files that the program uses and that do not exist. */
  readonly missing: readonly string[]
}

export interface CompileCall {
  readonly params: Readonly<Record<string, string>>
  /** The engine that training uses instead of the one its program names. */
  readonly engine?: string | undefined
  /** The folder of the store, which keeps the code of custom stages. */
  readonly root: string
  /** How custom stages that are not trusted are treated. */
  readonly custom?: CustomStages
}

/** Compiles the program in `file`. */
export function compileFile(file: string, { params, engine, root, custom }: CompileCall): CompiledFile {
  const missing: string[] = []
  const noting =
    <Found>(find: (path: string) => Found | undefined) =>
    (path: string): Found | undefined => {
      const found = find(path)
      if (found === undefined) missing.push(path)
      return found
    }
  const stages = noting(customStages(file, root, custom))
  const { program, diagnostics, sources } = compile(file, {
    read: noting(readSource),
    parsed: parsedSource,
    catalogue,
    stages,
    params,
    elaborateModel,
    place: remembered(placeOf),
  })
  if (program === undefined) return { diagnostics, sources, missing }
  const errors = [...exportErrors(program), ...precisionErrors(program, engine)]
  if (errors.length > 0) return { diagnostics: [...diagnostics, ...errors], sources, missing }
  const plan = toPlan(program, sources, catalogue)
  return { plan: engine === undefined ? plan : withEngine(plan, engine), diagnostics, sources, missing }
}

/**
 * Compiles like `compileFile`, but waits for the description of custom stages without blocking this process, so that signals are
 * handled meanwhile. `undefined` if `stop` was aborted.
 */
export async function compileBeside(
  file: string,
  call: CompileCall,
  stop: AbortSignal,
): Promise<CompiledFile | undefined> {
  const descriptions = new Descriptions()
  for (;;) {
    const compiled = compileFile(file, { ...call, custom: { ...call.custom, descriptions } })
    const isComplete = !(await descriptions.make(stop))
    if (stop.aborted) return undefined
    if (isComplete) return compiled
  }
}

/** Compiles the program in `file` and prints its errors and warnings to standard error. Throws Refused if it has errors. */
export function planOf(file: string, call: CompileCall): Plan {
  const compiled = compileFile(file, call)
  printDiagnostics(compiled)
  if (compiled.plan === undefined) throw new Refused()
  return compiled.plan
}

/** The plan with another engine. The engine is a setting of the stages that train, and part of their key. */
function withEngine(plan: Plan, engine: string): Plan {
  const nodes = plan.nodes.map(
    (node): PlanNode =>
      typeof node.params.engine === 'string' ? { ...node, params: { ...node.params, engine } } : node,
  )
  return { ...plan, nodes }
}

/** `find`, called only once for each path. */
function remembered(find: (path: string) => string): (path: string) => string {
  const known = new Map<string, string>()
  return (path) => {
    const found = known.get(path) ?? find(path)
    known.set(path, found)
    return found
  }
}
