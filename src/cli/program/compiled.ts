/** Compiles a program file to its plan, or to its errors. */

import type { Diagnostic } from '../../core/diagnostic.ts'
import type { Plan, PlanNode } from '../../core/plan.ts'
import type { JsonObject } from '../../core/values/json.ts'
import { elaborateModel } from '../../language/3-elaborate/model.ts'
import { compile } from '../../language/compile.ts'
import { moduleNotFound } from '../../language/messages/imports.generated.ts'
import { withContamination } from '../../plan/contamination.ts'
import { toPlan } from '../../plan/plan.ts'
import { placeOf } from '../../store/place.ts'
import { exportErrors, notingStandard } from '../check/export-checks.ts'
import { precisionErrors } from '../check/precision-checks.ts'
import { helpForFolder } from '../programs-here.ts'
import { Refused } from '../terminal/refusal.ts'
import { catalogue } from './catalogue.ts'
import { type CustomStages, customStages, Descriptions } from './custom-stages.ts'
import { printDiagnostics } from './print-diagnostics.ts'
import { isManifest, parsedSource, readSource } from './sources.ts'

export interface CompiledFile {
  /** Absent if there are errors. */
  readonly plan?: Plan
  readonly diagnostics: readonly Diagnostic[]
  /** The texts of everything that it was compiled from, by path: modules, code, and the manifests and lock files of packages. */
  readonly sources: ReadonlyMap<string, string>
  /** Files that the program uses and that do not exist. */
  readonly missing: readonly string[]
  /** The values of the program's params; `undefined` if it has errors. */
  readonly params?: JsonObject
}

export interface CompileCall {
  readonly params: Readonly<Record<string, string>>
  /** The engine that training uses instead of the one its program names. */
  readonly engine?: string | undefined
  /** The folder of the store, which keeps the code of custom stages. */
  readonly root: string
  /** How custom stages that are not trusted are treated. */
  readonly custom?: CustomStages
  /** Whether the plan is that of the tests of the file. */
  readonly tests?: boolean
  /** Whether the plan may be run; default true. If not, an engine without the precision of a training is not an error. */
  readonly computes?: boolean
}

/** Compiles the program in `file`. */
export function compileFile(
  file: string,
  { params, engine, root, custom, tests = false, computes = true }: CompileCall,
): CompiledFile {
  const help = helpForFolder(file)
  if (help !== undefined)
    return {
      diagnostics: [moduleNotFound({ file, start: 0, end: 0 }, { path: file }, { help })],
      sources: new Map(),
      missing: [file],
    }
  const missing: string[] = []
  const noting =
    <Found>(find: (path: string) => Found | undefined) =>
    (path: string): Found | undefined => {
      const found = find(path)
      if (found === undefined) missing.push(path)
      return found
    }
  const manifests = new Map<string, string>()
  const read = (path: string): string | undefined => {
    const text = readSource(path)
    if (text !== undefined && isManifest(path)) manifests.set(path, text)
    return text
  }
  const stages = noting(customStages(file, root, custom))
  const {
    program,
    diagnostics,
    sources: texts,
  } = compile(file, {
    read: noting(read),
    parsed: parsedSource,
    catalogue,
    stages,
    params,
    tests,
    elaborateModel: notingStandard(elaborateModel),
    place: remembered(placeOf),
  })
  // A remembered plan is valid, and a watched program is not compiled again, while these are the same too.
  const sources = new Map([...texts, ...manifests])
  if (program === undefined) return { diagnostics, sources, missing }
  const errors = [...exportErrors(program), ...(computes ? precisionErrors(program, engine) : [])]
  if (errors.length > 0) return { diagnostics: [...diagnostics, ...errors], sources, missing }
  const own = toPlan(program, sources, catalogue)
  const plan = tests ? own : withContamination(own, catalogue)
  const { params: values } = program
  return { plan: engine === undefined ? plan : withEngine(plan, engine), diagnostics, sources, missing, params: values }
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
