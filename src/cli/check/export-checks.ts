/** Finds exports for llama.cpp and PEFT that cannot be written when the program is compiled, rather than after its trainings. */

import type { Diagnostic } from '../../core/diagnostic.ts'
import type { ElaborateModel, ModelArgument } from '../../language/2-check/env.ts'
import { architecture } from '../../language/architecture.ts'
import * as artefacts from '../../language/messages/artefacts.generated.ts'
import type { CheckedCall, TypedProgram, ValueRef } from '../../language/program.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { ggufProblem } from '../../train/gguf/layouts.ts'
import type { Sizes } from '../../train/hugging-face/layout.ts'
import { haveSameGraph, noLayout, standardCall } from '../../train/hugging-face/layout-of.ts'
import { standardProgram } from '../program/standard-program.ts'

/** An error for each `export … as gguf` of a model that llama.cpp does not compute, and for each `export … as peft` of weights that have no adapter. */
export function exportErrors(program: TypedProgram): Diagnostic[] {
  return program.calls.flatMap((call) => {
    if (call.kind === 'export' && call.params.as === 'peft') return withoutAdapter(program, call)
    if (call.kind !== 'export' || call.params.as !== 'gguf') return []
    const models = Object.values(call.inputs).flatMap((refs) => refs.flatMap((ref) => modelsBehind(program, ref)))
    const foreign = models.find((model) => !isStandard(model))
    const problem = foreign === undefined ? problemOfGguf(models) : noLayout(foreign)
    if (problem === undefined) return []
    return [artefacts.notForLlamaCpp(call.span, { message: problem.message }, { help: problem.help })]
  })
}

/** Why llama.cpp would compute another model than one of `models`; `undefined` if it computes the same. */
function problemOfGguf(models: readonly ModelSpec[]) {
  for (const model of models) {
    const { layout } = standardCall(model)!
    const problem = ggufProblem(model.$name, layout, model.$arguments as Sizes)
    if (problem !== undefined) return problem
  }
  return undefined
}

function withoutAdapter(program: TypedProgram, call: CheckedCall): Diagnostic[] {
  const [ref] = Object.values(call.inputs).flat()
  if (ref === undefined || mayHaveAdapter(program, ref)) return []
  const { names, kind } = program.calls[ref.call]!
  return [artefacts.weightsWithoutAdapter(call.span, { name: names[0] ?? kind })]
}

/**
 * Whether weights may have an adapter. Trainings keep one beside the weights with `merge: false`; a custom stage may have copied one, and `best` returns one
 * of its inputs.
 */
function mayHaveAdapter(program: TypedProgram, { call: index }: ValueRef): boolean {
  const call = program.calls[index]
  if (call === undefined || call.custom !== undefined || call.kind === 'shell') return true
  if (call.kind === 'best') return (call.inputs.of ?? []).some((ref) => mayHaveAdapter(program, ref))
  return (call.params.lora as { readonly merge?: boolean } | undefined)?.merge === false
}

/**
 * The models that weights may belong to: that of the call which initialized them, or several where a stage chooses. The models of weights
 * from folders and from custom stages are not known before the run, so they are left out.
 */
function modelsBehind(program: TypedProgram, { call: index }: ValueRef): ModelSpec[] {
  const call: CheckedCall | undefined = program.calls[index]
  if (call === undefined) return []
  const model = (call.params.model as { readonly model?: unknown } | undefined)?.model
  if (typeof model === 'string') return program.models[model] === undefined ? [] : [program.models[model]]
  const { weights = [], of = [], from = [] } = call.inputs
  return [...weights, ...of, ...from].flatMap((ref) => modelsBehind(program, ref))
}

/** Answers of `isStandard`: those known from the compilation, and for the language server, which checks the same models after each edit. */
const standard = new WeakMap<ModelSpec, boolean>()

/** Elaborates like `elaborate`, and remembers which models are those of std.models, so that no check has to build them again. */
export function notingStandard(elaborate: ElaborateModel): ElaborateModel {
  return (declaration, scope, ...more) => {
    const made = elaborate(declaration, scope, ...more)
    if (made.spec !== undefined && declaration.span.file === 'std:models') standard.set(made.spec, true)
    return made
  }
}

/** Whether the standard architecture of that name computes the same as `model`. */
function isStandard(model: ModelSpec): boolean {
  const known = standard.get(model) ?? isStandardNow(model)
  standard.set(model, known)
  return known
}

function isStandardNow(model: ModelSpec): boolean {
  const called = standardCall(model)
  if (called === undefined) return false
  try {
    const sizes = called.arguments as Readonly<Record<string, ModelArgument>>
    return haveSameGraph(model, architecture(standardProgram('models'), called.name, sizes))
  } catch {
    // The program has an architecture of that name with other parameters.
    return false
  }
}
