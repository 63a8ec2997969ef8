/** The fields of the tasks of all trainings that start from weights, and the metrics and the folder of what they learned. */

import type { Engine, Tensors } from '../../../engine/engine.ts'
import type { ModelSpec } from '../../../model/spec.ts'
import { saveTemplate } from '../../../text/chat/saved.ts'
import type { ChatTemplate } from '../../../text/chat/template.ts'
import type { Tokenizer } from '../../../text/tokenizer.ts'
import type { Tuned } from '../../../train/weights/learned.ts'
import { type Adapter, saveAdapter, stackedAdapters } from '../../../train/weights/lora.ts'
import { parametersIn } from '../../../train/weights/parameters.ts'
import { type LoadedWeights, loadWithAdapter, saveWeights } from '../../../train/weights/weights.ts'
import type { RunningStage } from '../../shared/define-kind.ts'

type Stage = Pick<RunningStage, 'threads' | 'gpus' | 'work' | 'keepState' | 'signal' | 'emit'>

/** The fields of a task that come from the stage, from the weights at the start and from the engine. */
export function tuningTask<S extends Stage & { readonly settings: unknown; readonly hints: unknown }>(
  { settings, hints, threads, gpus, work, keepState, signal, emit }: S,
  { model, tensors, tokenizer }: LoadedWeights & { readonly tokenizer: Tokenizer },
  engine: Engine,
) {
  return {
    ...{ settings: settings as S['settings'], hints: hints as S['hints'] },
    ...{ model, weights: tensors, vocab: tokenizer.size },
    ...{ engine, threads, gpus, work, keepState, signal, emit: (event: Parameters<typeof emit>[0]) => emit(event) },
  }
}

interface TunedSettings {
  readonly lora?: Omit<Adapter, 'tensors'> & { readonly merge: boolean }
  readonly freeze?: readonly string[]
}

/** The metrics of every training that starts from weights. */
export function tunedMetrics({ tensors, learned }: Tuned, { lora, freeze }: TunedSettings) {
  return {
    parameters: parametersIn(tensors),
    ...(lora === undefined && freeze === undefined ? {} : { learned_parameters: learned }),
  }
}

export interface TunedResult {
  readonly model: ModelSpec
  readonly tuned: Tuned
  readonly settings: TunedSettings
  /** The folder of the weights at the start. */
  readonly from: string
  readonly tokenizer: Tokenizer
  readonly template: ChatTemplate
  readonly metrics: Readonly<Record<string, number>>
}

/**
 * Saves the weights with their template, and an adapter that is not merged beside the weights it was learned on. If these had an adapter beside
 * them too, both are saved as one beside the weights below.
 */
export function saveTuned(
  folder: string,
  { model, tuned, settings, from, tokenizer, template, metrics }: TunedResult,
  { emit }: Pick<RunningStage, 'emit'>,
): void {
  const { lora } = settings
  const { adapter, beside } = tuned
  const save = (tensors: Tensors) =>
    saveWeights(folder, { model, tensors, vocab: tokenizer.size, tokenizer: from, metrics })
  if (lora?.merge !== false || adapter === undefined || beside === undefined) save(tuned.tensors)
  else {
    const learned = { ...lora, tensors: adapter }
    const below = loadWithAdapter(from)
    // An adapter with weights of its own is part of the weights from now on.
    const isStacked = below.adapter !== undefined && Object.keys(below.adapter.bases ?? {}).length === 0
    const saved = isStacked ? stackedAdapters(below.adapter, learned) : learned
    save(isStacked ? { ...beside, ...below.tensors } : beside)
    saveAdapter(folder, saved, model)
    if (isStacked) {
      const message = `the adapter of the weights and the new one are saved as one, of rank ${saved.rank}`
      emit({ event: 'log', level: 'info', message })
    }
  }
  saveTemplate(folder, template)
}
