/** Runs `sft`. */

import type { StageReport } from '../../core/report.ts'
import type { StageRun } from '../../core/stage.ts'
import type { LoraSettings } from '../../model/lora.ts'
import type { TooLong } from '../../text/chat/fit.ts'
import { saveTemplate } from '../../text/chat/saved.ts'
import { type SftSettings, sft } from '../../train/loops/sft.ts'
import type { TrainingHints } from '../../train/step/task.ts'
import { saveAdapter } from '../../train/weights/lora.ts'
import { flatten, parameterCount } from '../../train/weights/parameters.ts'
import { saveWeights } from '../../train/weights/weights.ts'
import { loadChatWeights } from '../chat/chat-weights.ts'
import { templateParam } from '../chat/template-setting.ts'
import type { StageServices } from '../shared/services.ts'
import { sftExamples } from './sft-examples.ts'

interface Params extends SftSettings {
  readonly lora?: LoraSettings & { readonly merge: boolean }
  readonly held_out: number
  readonly too_long: TooLong
  readonly max_length?: number
  readonly engine: string
  readonly template?: object
}

export async function run(stage: StageRun, services: StageServices): Promise<StageReport> {
  const params = stage.params as unknown as Params
  const folder = stage.inputs.weights![0]!.path
  const given = params.template === undefined ? undefined : templateParam(stage.params)
  const { model, tensors, tokenizer, template } = loadChatWeights(folder, given)
  const options = {
    template,
    tokenizer,
    lengths: { context: model.context, max_length: params.max_length },
    tooLong: params.too_long,
    validate: stage.inputs.validate?.[0]?.path,
    heldOut: params.held_out,
    seed: params.seed,
  }
  const { train, heldOut, pairs, ledger } = await sftExamples(stage.inputs.on![0]!.path, options, stage)

  const tuned = await sft({
    model,
    weights: tensors,
    vocab: tokenizer.size,
    train,
    heldOut,
    settings: params,
    hints: stage.hints as unknown as TrainingHints,
    engine: await services.engine(params.engine),
    threads: stage.threads,
    work: stage.work,
    signal: stage.signal,
    emit: stage.emit,
  })

  const { adapter, trainLoss, heldOut: measured } = tuned
  const { lora } = params
  // An adapter that is kept lies beside the weights it began with.
  const kept = lora?.merge === false && adapter !== undefined
  const { slots, parameters } = flatten(model, kept ? tensors : tuned.tensors, tokenizer.size)
  const metrics = {
    train_loss: trainLoss,
    ...(measured && {
      valid_loss: measured.tuned,
      perplexity: Math.exp(measured.tuned),
      base_loss: measured.base,
      held_out_pairs: pairs.heldOut,
    }),
    parameters: parameterCount(slots),
    ...(adapter === undefined ? {} : { learned_parameters: tuned.learned }),
    pairs: pairs.train,
    ...(train.length === pairs.train ? {} : { examples: train.length }),
  }
  const out = stage.outputs.out!
  saveWeights(out, { model, slots, parameters, vocab: tokenizer.size, tokenizer: folder, metrics })
  if (kept) saveAdapter(out, { ...lora, tensors: adapter }, model)
  saveTemplate(out, template)
  const loss = measured
    ? `held-out loss ${measured.base.toFixed(4)} → ${measured.tuned.toFixed(4)}`
    : `loss ${trainLoss.toFixed(4)}`
  return { metrics, ledger, summary: `${pairs.train.toLocaleString('en-US')} pairs, ${loss}` }
}
