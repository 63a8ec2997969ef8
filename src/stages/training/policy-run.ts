/** Runs the kinds that learn from rewards. */

import { StageError } from '../../core/failure.ts'
import type { StageReport } from '../../core/report.ts'
import type { StageRun } from '../../core/stage.ts'
import { LedgerBook } from '../../data/ledger.ts'
import { chatEncoder } from '../../text/chat/encode-chat.ts'
import { saveTemplate } from '../../text/chat/saved.ts'
import { type PolicyMethod, type PolicySettings, trainPolicy } from '../../train/loops/policy/loop.ts'
import { RewardScorer } from '../../train/scores/reward-scores.ts'
import type { TrainingHints } from '../../train/step/task.ts'
import { parameterCount } from '../../train/weights/parameters.ts'
import { saveWeights } from '../../train/weights/weights.ts'
import { loadChatWeights } from '../chat/chat-weights.ts'
import { encodedPrompts } from '../chat/prompt-examples.ts'
import type { StageServices } from '../shared/services.ts'

/** Rows of answers scored at once. */
const rows = 8

/** Trains the weights by `method` and saves them; `kind` is what the ledger calls the stage. */
export async function runPolicy(
  kind: string,
  stage: StageRun,
  services: StageServices,
  method: PolicyMethod,
): Promise<StageReport> {
  const params = stage.params as unknown as PolicySettings & { readonly engine: string }
  const folder = stage.inputs.weights![0]!.path
  const { model, tensors, tokenizer, template, ends } = loadChatWeights(folder)
  const encoder = chatEncoder(template, tokenizer)

  const book = new LedgerBook()
  const prompts: Uint32Array[] = []
  const longest = model.context - params.max_tokens
  for await (const { prompt, ids } of encodedPrompts(stage.inputs.on![0]!.path, {
    encoder,
    longest,
    step: kind,
    book,
    stage,
  })) {
    prompts.push(ids)
    book.out.add(prompt.messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0))
  }
  if (prompts.length === 0) throw noPrompts(model.context, params.max_tokens)

  const engine = await services.engine(params.engine)
  const scorer = await RewardScorer.load(stage.inputs.reward![0]!.path, engine, { threads: stage.threads, batch: rows })
  const trained = await trainPolicy(
    {
      model,
      weights: tensors,
      vocab: tokenizer.size,
      known: tokenizer.known,
      prompts,
      stop: ends,
      score: (sequences) => scorer.score(sequences),
      decode: (ids) => tokenizer.decode(ids),
      settings: params,
      hints: stage.hints as unknown as TrainingHints,
      engine,
      threads: stage.threads,
      work: stage.work,
      keepState: stage.keepState,
      signal: stage.signal,
      emit: stage.emit,
    },
    method,
  )
  await scorer.dispose()

  const { slots, parameters, first, last } = trained
  const metrics = { ...last, first_reward: first.reward, parameters: parameterCount(slots), prompts: prompts.length }
  const out = stage.outputs.out!
  saveWeights(out, { model, slots, parameters, vocab: tokenizer.size, tokenizer: folder, metrics })
  saveTemplate(out, template)
  return {
    metrics,
    ledger: book.ledger(),
    summary: `reward ${first.reward.toFixed(2)} → ${last.reward.toFixed(2)}, ${last.kl.toFixed(1)} nats from where it began`,
  }
}

function noPrompts(context: number, maxTokens: number): StageError {
  return new StageError(
    'nothing-left',
    `no prompt leaves room for ${maxTokens} tokens within the model's context of ${context}`,
    'Lower `max_tokens`, give it shorter prompts, or a model of longer context.',
  )
}
