/** Runs `dpo`. */

import type { StageReport } from '../../core/report.ts'
import type { StageRun } from '../../core/stage.ts'
import { saveTemplate } from '../../text/chat/saved.ts'
import { type DpoSettings, dpo } from '../../train/loops/dpo.ts'
import type { TrainingHints } from '../../train/step/task.ts'
import { parameterCount } from '../../train/weights/parameters.ts'
import { saveWeights } from '../../train/weights/weights.ts'
import { loadChatWeights } from '../chat/chat-weights.ts'
import { templateParam } from '../chat/template-setting.ts'
import type { StageServices } from '../shared/services.ts'
import { rewardExamples } from './reward-examples.ts'

interface Params extends DpoSettings {
  readonly held_out: number
  readonly too_long: 'drop' | 'cut_start'
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
    heldOut: params.held_out,
    seed: params.seed,
  }
  const { train, heldOut, ledger } = await rewardExamples(stage.inputs.on![0]!.path, options, stage)

  const trained = await dpo({
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

  const { slots, parameters } = trained
  const measured = trained.heldOut ?? trained.train
  const metrics = {
    ...(trained.heldOut && {
      accuracy: trained.heldOut.accuracy,
      accuracy_low: trained.heldOut.interval.low,
      accuracy_high: trained.heldOut.interval.high,
      valid_loss: trained.heldOut.loss,
      held_out_pairs: trained.heldOut.pairs,
    }),
    margin: measured.margins.mean,
    train_accuracy: trained.train.accuracy,
    train_loss: trained.train.loss,
    train_pairs: trained.train.pairs,
    parameters: parameterCount(slots),
  }
  const out = stage.outputs.out!
  saveWeights(out, { model, slots, parameters, vocab: tokenizer.size, tokenizer: folder, metrics })
  saveTemplate(out, template)
  const of = trained.heldOut ? `${measured.pairs} held-out pairs` : `the ${measured.pairs} pairs learned from`
  return {
    metrics,
    ledger,
    summary: `accuracy ${(100 * measured.accuracy).toFixed(1)}% on ${of}, margin ${measured.margins.mean.toFixed(2)}`,
    detail: { margins: measured.margins },
  }
}
