/** Warnings and errors that `check` adds to those of the compiler, because they depend on this machine and its files. */

import { totalmem } from 'node:os'
import { dirname, resolve } from 'node:path'
import type { Span } from '../../../grammar/span.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import { StageError } from '../../core/failure.ts'
import type { Plan, PlanSpan } from '../../core/plan.ts'
import * as artefacts from '../../language/messages/artefacts.generated.ts'
import * as models from '../../language/messages/models.generated.ts'
import { targetNames, targetsOfNothing } from '../../model/lora.ts'
import type { Estimate } from '../../plan/estimate.ts'
import { lineStarts } from '../../plan/place.ts'
import { ggufWithin } from '../../store/inputs/gguf-within.ts'
import { matching } from '../../store/inputs/glob.ts'
import { bytes } from '../../view/format.ts'
import { catalogue } from '../program/catalogue.ts'
import { type FolderModel, trainedFrom } from '../program/folder-models.ts'

/**
 * Warnings about missing inputs and about trainings that need more memory than the machine has; errors for weights in folders that
 * cannot be loaded, and for adapters whose targets name no matrix of those weights.
 */
export async function checkWarnings(
  plan: Plan,
  sources: ReadonlyMap<string, string>,
  estimates: readonly Estimate[],
  models: readonly FolderModel[],
): Promise<Diagnostic[]> {
  const spanOf = spans(sources)
  const files = await missingFiles(plan, spanOf)
  return [...files, ...tooLarge(estimates, spanOf), ...unloadable(models, spanOf), ...noMatrices(plan, models, spanOf)]
}

/** Errors for folders of weights that cannot be loaded. */
function unloadable(models: readonly FolderModel[], spanOf: (place: PlanSpan) => Span): Diagnostic[] {
  return models.flatMap(({ node: { span, settingSpans }, model }) => {
    if (!(model instanceof StageError)) return []
    // The message may quote one of the compiler, which ends with a period.
    const problem = model.message.replace(/\.$/, '')
    const words = { problem, help: model.help ?? 'Name another folder.' }
    return [artefacts.weightsThatCannotBeTaken(spanOf(settingSpans?.path ?? span), words)]
  })
}

/** Errors for adapters whose targets name no matrix of the weights. */
function noMatrices(plan: Plan, models: readonly FolderModel[], spanOf: (place: PlanSpan) => Span): Diagnostic[] {
  return plan.nodes.flatMap((node) => {
    const model = trainedFrom(node, plan, models)
    const { lora } = node.params as { readonly lora?: { readonly targets: readonly string[] } }
    if (model === undefined || lora === undefined) return []
    const none = targetsOfNothing(model.graph, lora.targets)
    if (none.length === 0) return []
    const words = { targets: none.join(' or '), matrices: targetNames(model.graph).join(', ') }
    return [artefacts.targetsOfNoMatrix(spanOf(node.settingSpans?.lora ?? node.span), words)]
  })
}

/** Warnings about missing input files. They are not errors: an export or a command of the program may write the files first. */
async function missingFiles({ program, nodes }: Plan, spanOf: (place: PlanSpan) => Span): Promise<Diagnostic[]> {
  const found: Diagnostic[] = []
  for (const { kind, files, span, settingSpans } of nodes) {
    for (const [setting, { patterns, base }] of Object.entries(files)) {
      const folder = resolve(dirname(program), base)
      const at = spanOf(settingSpans?.[setting] ?? span)
      const missing: string[] = []
      for (const pattern of patterns) if ((await matching([pattern], folder)).length === 0) missing.push(pattern)
      // A kind that looks for certain files in a folder does not need all of them.
      const optional = catalogue.kinds[kind]?.settings.properties[setting]?.within !== undefined
      if (missing.length === 0 || (optional && missing.length < patterns.length)) continue
      const words = {
        pattern: missing.map((each) => `"${each}"`).join(' and '),
        folder: base === '.' ? 'the folder of the program' : base,
      }
      const [gguf] = ggufWithin(patterns, folder)
      found.push(artefacts.missingFiles(at, words, gguf === undefined ? {} : { help: `Name the file: "${gguf}".` }))
    }
  }
  return found
}

/** Warnings about trainings that need more memory than this machine has. */
function tooLarge(estimates: readonly Estimate[], spanOf: (place: PlanSpan) => Span): Diagnostic[] {
  const there = memoryOfMachine()
  return estimates.flatMap(({ node, cost }) => {
    const { weights, optimizer, activations } = cost.memory
    const need = weights + optimizer + activations
    if (need <= there) return []
    const words = { name: node.name, need: bytes(need), there: bytes(there) }
    return [models.moreMemoryThanThereIs(spanOf(node.span), words)]
  })
}

/** Bytes of memory that this process may use: those of the machine, or of the container it runs in. */
function memoryOfMachine(): number {
  const limit = process.constrainedMemory()
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem()
}

/** Turns lines and columns of the sources into spans, which are offsets. */
function spans(sources: ReadonlyMap<string, string>): (place: PlanSpan) => Span {
  const starts = new Map<string, readonly number[]>()
  return ({ file, line, column, endLine, endColumn }) => {
    const lines = starts.get(file) ?? lineStarts(sources.get(file) ?? '')
    starts.set(file, lines)
    const offset = (at: number, of: number) => (lines[at - 1] ?? 0) + of - 1
    return { file, start: offset(line, column), end: offset(endLine, endColumn) }
  }
}
