/** The list of stage kinds. Each is one file: its light half, which checking a program needs. */

import { conversations } from './chat/conversations.ts'
import { pair } from './chat/pair.ts'
import { prompts } from './chat/prompts.ts'
import { rankings } from './chat/rankings.ts'
import { render } from './chat/render.ts'
import { classifier } from './data/classifier.ts'
import { concat } from './data/concat.ts'
import { decontaminate } from './data/decontaminate.ts'
import { dedup } from './data/dedup.ts'
import { documentKinds } from './data/documents/document-kinds.ts'
import { documents } from './data/documents/documents.ts'
import { read } from './data/documents/read.ts'
import { texts } from './data/documents/texts.ts'
import { perplexity } from './data/perplexity.ts'
import { sample } from './data/sample.ts'
import { score } from './data/score.ts'
import { shuffle } from './data/shuffle.ts'
import { split } from './data/split.ts'
import { exportArtefact } from './export.ts'
import { best } from './judging/best.ts'
import { contamination } from './judging/contamination.ts'
import { evaluate } from './judging/evaluate.ts'
import { expect } from './judging/expect.ts'
import { generate } from './judging/generate.ts'
import { rank } from './judging/rank.ts'
import type { WithRun } from './shared/define-kind.ts'
import { withExecution } from './shared/execution-settings.ts'
import type { Kind } from './shared/services.ts'
import { shell } from './shell/shell.ts'
import { bytes } from './tokens/bytes.ts'
import { characters } from './tokens/characters.ts'
import { encode } from './tokens/encode.ts'
import { loadTokenizer } from './tokens/load_tokenizer.ts'
import { trainBpe } from './tokens/train_bpe.ts'
import { average } from './training/average.ts'
import { dpo } from './training/dpo.ts'
import { grpo } from './training/grpo.ts'
import { ppo } from './training/ppo.ts'
import { pretrain } from './training/pretrain.ts'
import { rewardModel } from './training/reward_model.ts'
import { sft } from './training/sft.ts'
import { weights } from './training/weights.ts'

const all = runnable({
  ...documentKinds,
  average,
  best,
  bytes,
  characters,
  classifier,
  concat,
  contamination,
  conversations,
  decontaminate,
  dedup,
  documents,
  dpo,
  encode,
  evaluate,
  expect,
  export: exportArtefact,
  generate,
  grpo,
  load_tokenizer: loadTokenizer,
  pair,
  perplexity,
  ppo,
  pretrain,
  prompts,
  rank,
  rankings,
  read,
  render,
  reward_model: rewardModel,
  sample,
  score,
  sft,
  shell,
  shuffle,
  split,
  texts,
  train_bpe: trainBpe,
  weights,
})

/** All kinds, sorted by the names that programs call them by. */
export const kinds: Record<string, Kind> = Object.fromEntries(
  Object.entries(all)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, kind]): [string, Kind] => [name, withExecution(kind)]),
)

/** The kinds, if each module that one loads exports the `run` that the kind needs; otherwise it does not compile. */
function runnable<K extends Readonly<Record<string, Kind>>>(
  given: K & { readonly [Name in keyof K]: WithRun<K[Name]> },
): K {
  return given
}
