/** Warnings and errors that `check` adds to those of the compiler, because they depend on this machine and its files. */

import { existsSync } from 'node:fs'
import { totalmem } from 'node:os'
import { dirname, resolve } from 'node:path'
import type { Span } from '../../../grammar/span.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import { StageError } from '../../core/failure.ts'
import type { FilePattern, Plan, PlanSpan } from '../../core/plan.ts'
import type { JsonObject } from '../../core/values/json.ts'
import * as artefacts from '../../language/messages/artefacts.generated.ts'
import * as models from '../../language/messages/models.generated.ts'
import { freezeHelp, patternsOfNothing } from '../../model/training/freeze.ts'
import { targetNames, targetsOfNothing } from '../../model/training/lora.ts'
import type { Estimate } from '../../plan/estimate.ts'
import { hostMemory, totalBytes } from '../../plan/host-memory.ts'
import { lineStarts } from '../../plan/place.ts'
import { isInBucket } from '../../store/inputs/buckets.ts'
import { ggufWithin } from '../../store/inputs/gguf-within.ts'
import { isPlain, matching } from '../../store/inputs/glob.ts'
import { folderOf, missingHelp, missingModelHelp } from '../../store/inputs/no-files.ts'
import { sourcesOf } from '../../store/inputs/sources.ts'
import { bytes } from '../../view/format.ts'
import { catalogue } from '../program/catalogue.ts'
import { type FolderModel, trainedFrom } from '../program/folder-models.ts'
import { type EpochsOfTraining, epochProblems } from './epochs.ts'
import { measuredOnTraining } from './measured-on-training.ts'
import type { Tuning } from './tuning-lines.ts'

/** Facts about a program besides its plan. */
interface KnownBefore {
  readonly epochs?: readonly EpochsOfTraining[]
  /** The values of the program's params. */
  readonly params?: JsonObject
}

/**
 * Warnings about missing inputs, about trainings that need more memory than the machine has, about sources that are repeated often, and about
 * models that are measured on their training data; errors
 * for more epochs than `max_epochs`, for weights in folders that cannot be loaded, and for `lora` and `freeze` that name none of those weights.
 */
export async function checkWarnings(
  plan: Plan,
  sources: ReadonlyMap<string, string>,
  estimates: readonly Estimate[],
  models: readonly FolderModel[],
  { epochs = [], params = {} }: KnownBefore,
): Promise<Diagnostic[]> {
  const spanOf = spans(sources)
  const files = await missingFiles(plan, params, spanOf)
  return [
    ...files,
    ...tooLarge(estimates, spanOf),
    ...epochProblems(epochs, spanOf),
    ...unloadable(models, spanOf),
    ...noSuchWeights(plan, models, spanOf),
    ...measuredOnTraining(plan, spanOf),
  ]
}

/** Errors for folders of weights that cannot be loaded. */
function unloadable(models: readonly FolderModel[], spanOf: (place: PlanSpan) => Span): Diagnostic[] {
  return models.flatMap(({ node: { name, variant, span, settingSpans }, model }) => {
    if (!(model instanceof StageError)) return []
    // The message may quote one of the compiler, which ends with a period.
    const problem = model.message.replace(/\.$/, '')
    const words = { problem, help: model.help ?? 'Name another folder.' }
    // In a `for`, one place stands for several folders.
    const label = variant === undefined ? {} : { label: `the files of ${name}` }
    return [artefacts.weightsThatCannotBeTaken(spanOf(settingSpans?.path ?? span), words, label)]
  })
}

/** Errors for adapters whose targets name no matrix of the weights, and for `freeze` that names none of the weights. */
function noSuchWeights(plan: Plan, models: readonly FolderModel[], spanOf: (place: PlanSpan) => Span): Diagnostic[] {
  return plan.nodes.flatMap((node) => {
    const model = trainedFrom(node, plan, models)
    if (model === undefined) return []
    const { lora, freeze = [] } = node.params as unknown as Pick<Tuning, 'lora'> & { readonly freeze?: string[] }
    const at = (setting: string) => spanOf(node.settingSpans?.[setting] ?? node.span)
    const none = lora === undefined ? [] : targetsOfNothing(model.graph, lora.targets)
    const names = model.graph.weights.map(({ name }) => name)
    const unknown = patternsOfNothing(names, freeze)
    const matrices = targetNames(model.graph).join(', ')
    return [
      ...(none.length > 0 ? [artefacts.targetsOfNoMatrix(at('lora'), { targets: none.join(' or '), matrices })] : []),
      ...(unknown.length > 0
        ? [artefacts.freezesNoWeight(at('freeze'), { names: unknown.join(' or '), help: freezeHelp(names, unknown) })]
        : []),
    ]
  })
}

/** Warnings about missing input files. They are not errors: an export or a command of the program may write the files first. */
async function missingFiles(
  { program, nodes }: Plan,
  params: JsonObject,
  spanOf: (place: PlanSpan) => Span,
): Promise<Diagnostic[]> {
  const found: Diagnostic[] = []
  for (const { kind, files, span, settingSpans } of nodes) {
    for (const [setting, pattern] of Object.entries(files)) {
      const { base, through } = pattern
      // Checking asks no server.
      const patterns = pattern.patterns.filter((each) => !isInBucket(each))
      const folder = resolve(dirname(program), base)
      const at = spanOf(settingSpans?.[setting] ?? span)
      const missing: string[] = []
      for (const each of patterns) {
        const isThere = through?.type === 'dataset' && existsSync(resolve(folder, each))
        if (!isThere && (await matching([each], folder)).length === 0) missing.push(each)
      }
      if (missing.length === 0 && through?.type === 'list') {
        const listed = await missingInLists(setting, pattern, dirname(program))
        const where = { folder: through.under ?? 'the folder of the list' }
        if (listed.pattern !== undefined)
          found.push(
            artefacts.missingFiles(
              at,
              { ...where, pattern: listed.pattern },
              listed.help === undefined ? {} : { help: listed.help },
            ),
          )
        continue
      }
      // A kind that looks for certain files in a folder does not need all of them.
      const optional = catalogue.kinds[kind]?.settings.properties[setting]?.within !== undefined
      if (missing.length === 0 || (optional && missing.length < patterns.length)) continue
      const modelFolder = optional ? folderOf(missing) : undefined
      const named = modelFolder === undefined ? missing : [modelFolder]
      const words = {
        pattern: named.map((each) => `"${each}"`).join(' and '),
        folder: base === '.' ? 'the folder of the program' : base,
      }
      const [gguf] = ggufWithin(patterns, folder)
      const help =
        gguf === undefined
          ? (helpOfParam(params, patterns) ??
            (modelFolder === undefined ? missingHelp(named[0]!, folder) : missingModelHelp(modelFolder)))
          : `Name the file: "${gguf}".`
      found.push(artefacts.missingFiles(at, words, help === undefined ? {} : { help }))
    }
  }
  return found
}

/** The files that lists name and that do not exist, in words: `"b.txt" (files.txt:2) and 3 more`; without `pattern` if all exist. */
async function missingInLists(
  setting: string,
  pattern: FilePattern,
  programDir: string,
): Promise<{ readonly pattern?: string; readonly help?: string }> {
  try {
    const { sources } = await sourcesOf(setting, pattern, programDir)
    const missing = sources.filter(
      ({ pattern: each, folder }) => !isInBucket(each) && isPlain(each) && !existsSync(resolve(folder, each)),
    )
    const [first] = missing
    if (first === undefined) return {}
    const others = missing.length > 1 ? ` and ${missing.length - 1} more` : ''
    return { pattern: `"${first.pattern}" (${first.place})${others}` }
  } catch (error) {
    if (!(error instanceof StageError)) throw error
    // The list cannot be read, or lists nothing. The program may write it first.
    return { pattern: `the list ${pattern.patterns.map((each) => `"${each}"`).join(', ')}`, help: error.message }
  }
}

/** Names the param whose value is one of the paths, or the folder of one; `undefined` if no param is. */
function helpOfParam(params: JsonObject, patterns: readonly string[]): string | undefined {
  const isHere = (value: unknown) =>
    typeof value === 'string' && patterns.some((each) => each === value || each.startsWith(`${value}/`))
  const name = Object.keys(params).find((each) => isHere(params[each]))
  return name === undefined ? undefined : `Put the files there, or give another path: \`-p ${name}=PATH\`.`
}

/** Warnings about trainings that need more memory than this machine has. */
function tooLarge(estimates: readonly Estimate[], spanOf: (place: PlanSpan) => Span): Diagnostic[] {
  const there = memoryOfMachine()
  return estimates.flatMap(({ node, cost }) => {
    const need = totalBytes(hostMemory(cost, node.params.engine))
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
