/** A program file compiled: its plan, or what is wrong with it. */

import type { Diagnostic } from '../../core/diagnostic.ts'
import type { Plan, PlanNode } from '../../core/plan.ts'
import { elaborateModel } from '../../language/3-elaborate/model.ts'
import { compile } from '../../language/compile.ts'
import { renderDiagnostics } from '../../language/messages/render.ts'
import { toPlan } from '../../plan/plan.ts'
import { placeOf } from '../../store/place.ts'
import { writeErrorExactly } from '../terminal/output.ts'
import { coloured } from '../terminal/print.ts'
import { catalogue } from './catalogue.ts'
import { Descriptions, type OwnStages, ownStages } from './custom-stages.ts'
import { exportErrors } from './export-checks.ts'
import { parsedSource, readSource } from './sources.ts'

export interface CompiledFile {
  /** Absent where there are errors. */
  readonly plan?: Plan
  readonly diagnostics: readonly Diagnostic[]
  readonly sources: ReadonlyMap<string, string>
  /** Files that were asked for and are not there. */
  readonly missing: readonly string[]
}

export interface CompileCall {
  readonly params: Readonly<Record<string, string>>
  /** The engine that training uses instead of the one its program names. */
  readonly engine?: string | undefined
  /** The folder of the store, which keeps the code of stages of the project's own. */
  readonly store: string
  /** What is done about stages of the project's own that are not trusted. */
  readonly own?: OwnStages
}

/** Compiles the program in `file`. */
export function compileFile(file: string, { params, engine, store, own }: CompileCall): CompiledFile {
  const missing: string[] = []
  const noting =
    <Found>(find: (path: string) => Found | undefined) =>
    (path: string): Found | undefined => {
      const found = find(path)
      if (found === undefined) missing.push(path)
      return found
    }
  const stages = noting(ownStages(file, store, own))
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
  const errors = exportErrors(program)
  if (errors.length > 0) return { diagnostics: [...diagnostics, ...errors], sources, missing }
  const plan = toPlan(program, sources, catalogue)
  return { plan: engine === undefined ? plan : withEngine(plan, engine), diagnostics, sources, missing }
}

/**
 * Compiles like `compileFile`, but waits for the description of custom stages without holding this process up, so that a signal is seen
 * meanwhile. `undefined` if `stop` was aborted.
 */
export async function compileBeside(
  file: string,
  call: CompileCall,
  stop: AbortSignal,
): Promise<CompiledFile | undefined> {
  const descriptions = new Descriptions()
  for (;;) {
    const compiled = compileFile(file, { ...call, own: { ...call.own, descriptions } })
    const isComplete = !(await descriptions.make(stop))
    if (stop.aborted) return undefined
    if (isComplete) return compiled
  }
}

/** The plan of a program, for commands that need one; nothing where it has errors, which are said on stderr by then. */
export function planOrErrors(file: string, call: CompileCall): Plan | undefined {
  const compiled = compileFile(file, call)
  sayDiagnostics(compiled)
  return compiled.plan
}

/** Errors and warnings to stderr. */
export function sayDiagnostics({ diagnostics, sources }: Pick<CompiledFile, 'diagnostics' | 'sources'>): void {
  const width = process.stderr.columns ?? 120
  writeErrorExactly(renderDiagnostics(diagnostics, sources, { color: coloured(process.stderr), width }))
}

/** An engine is a setting of the stages that train, and part of their key. */
function withEngine(plan: Plan, engine: string): Plan {
  const nodes = plan.nodes.map(
    (node): PlanNode =>
      typeof node.params.engine === 'string' ? { ...node, params: { ...node.params, engine } } : node,
  )
  return { ...plan, nodes }
}

/** A function that looks at the disk once for each path. */
function remembered(find: (path: string) => string): (path: string) => string {
  const known = new Map<string, string>()
  return (path) => {
    const found = known.get(path) ?? find(path)
    known.set(path, found)
    return found
  }
}
