/** The list of stage kinds. Each line is one file: its light half, which checking a program needs. */

import { best } from './best.ts'
import { bytes } from './bytes.ts'
import { c4Lines } from './c4_lines.ts'
import { characters } from './characters.ts'
import { concat } from './concat.ts'
import { conversations } from './conversations.ts'
import { decontaminate } from './decontaminate.ts'
import { dedup } from './dedup.ts'
import { documents } from './documents.ts'
import { dpo } from './dpo.ts'
import { encode } from './encode.ts'
import { evaluate } from './evaluate.ts'
import { withExecution } from './execution-settings.ts'
import { expect } from './expect.ts'
import { exportArtefact } from './export.ts'
import { filter } from './filter.ts'
import { generate } from './generate.ts'
import { grpo } from './grpo.ts'
import { drop, keep } from './keep.ts'
import { loadTokenizer } from './load_tokenizer.ts'
import { normalize } from './normalize.ts'
import { pair } from './pair.ts'
import { ppo } from './ppo.ts'
import { pretrain } from './pretrain.ts'
import { prompts } from './prompts.ts'
import { rank } from './rank.ts'
import { rankings } from './rankings.ts'
import { read } from './read.ts'
import { redact } from './redact.ts'
import { render } from './render.ts'
import { rewardModel } from './reward_model.ts'
import { sample } from './sample.ts'
import type { Kind } from './services.ts'
import { sft } from './sft.ts'
import { shell } from './shell.ts'
import { shuffle } from './shuffle.ts'
import { split } from './split.ts'
import { trainBpe } from './train_bpe.ts'
import { weights } from './weights.ts'

const all: Readonly<Record<string, Kind>> = {
  best,
  bytes,
  c4_lines: c4Lines,
  characters,
  concat,
  conversations,
  decontaminate,
  dedup,
  documents,
  dpo,
  drop,
  encode,
  evaluate,
  expect,
  export: exportArtefact,
  filter,
  generate,
  grpo,
  keep,
  load_tokenizer: loadTokenizer,
  normalize,
  pair,
  ppo,
  pretrain,
  prompts,
  rank,
  rankings,
  read,
  redact,
  render,
  reward_model: rewardModel,
  sample,
  sft,
  shell,
  shuffle,
  split,
  train_bpe: trainBpe,
  weights,
}

/** All kinds by the name they are called by in programs, sorted. */
export const kinds: Record<string, Kind> = Object.fromEntries(
  Object.entries(all).map(([name, kind]) => [name, withExecution(kind)]),
)
