/** The program that the corpus of edits is made in: the whole life of a model, as small as it can be, and its files. */

export const program = `/// From text to an aligned model, as small as it can be.
use std.models { llama }
use std.chat { chatml }
use std.clean { tidy }
use "./parts/rules.llmpipe" { prose_only }

param steps = 2
param lr = 1e-3

let width = 16

op first_pass(docs) = docs
  |> tidy()
  |> keep(where: words >= 3)

filter plain_text(least = 10) {
  characters  >= least
  alpha_ratio > 0.5
}

// Pre-training
data raw = read("data/*.txt", split: paragraphs)
data prose = raw
  |> first_pass()
  |> plain_text()
  |> prose_only()
data unique = prose |> dedup(exact)
data glosses = read("glosses.txt", split: lines) |> tidy()
data both = concat(unique, glosses)
data train, held = both |> split(80%, 20%, seed: 7)

tokenizer bpe = train_bpe(train, vocab: 300, special: chatml.tokens)

data train_tokens = train |> encode(bpe)
data held_tokens = held |> encode(bpe)

model tiny = llama(vocab: bpe.size, dim: width, layers: 1, heads: 2, context: 64)

stage base = pretrain(tiny, on: train_tokens, validate: held_tokens) {
  steps:     steps
  batch:     4
  optimizer: adamw(lr: lr, weight_decay: 0.1)
  schedule:  cosine(warmup: 1, floor: 10%)
}

// Fine-tuning
data definitions = read("definitions.jsonl")
data pairs = definitions |> pair(prompt: "Define {word}.", response: "{gloss}")

stage chat = sft(base, on: pairs, template: chatml) { batch: 8 }

// Alignment
data dictionaries = read("two.jsonl")
data ranked = dictionaries |> rankings(prompt: "Define {word}.", best_first: ["{cynic}", "{scholar}"])

stage reward = reward_model(chat, on: ranked) { too_long: cut_start, batch: 8 }

data questions = pairs |> prompts()
data asked, unseen = questions |> split(50%, 50%, seed: 1)

stage aligned = ppo(chat, reward: reward, on: asked) { steps: 1, rollouts: 4, max_tokens: 4 }
stage direct = dpo(chat, on: ranked) { too_long: cut_start, optimizer: adamw(lr: 1e-2) }

// What came of it
stage score = evaluate([base, chat, aligned, direct], on: pairs) {
  win_rate: against(chat, score: -characters, on: unseen, max_tokens: 4)
}

expect score.kl[aligned] < 100

export aligned to "out/assistant" as hf
`

const rules = `/// What counts as prose.
filter prose_only(most = 500) {
  words <= most
}
`

const nouns = ['whale', 'captain', 'harbour', 'sailor', 'lantern', 'island', 'storm', 'anchor']
const verbs = ['follows', 'watches', 'leaves', 'finds', 'remembers', 'fears']
const pick = (list: readonly string[], at: number) => list[at % list.length]!

/** A paragraph like no other among 24: that many pairs of words there are. */
const paragraph = (at: number) =>
  `The ${pick(nouns, at)} ${pick(verbs, at)} the ${pick(nouns, at + 3)} number ${at}, and nobody in the town knows why.`
const paragraphs = (from: number, to: number) =>
  `${Array.from({ length: to - from }, (_, at) => paragraph(from + at)).join('\n\n')}\n`

const definitions = nouns.map((word, at) => ({ word, gloss: `It ${pick(verbs, at)} a ${pick(nouns, at + 1)}.` }))
const rankings = nouns.map((word, at) => ({
  word,
  cynic: `What ${pick(verbs, at)} its own tail.`,
  scholar: `A thing that ${pick(verbs, at + 1)} the ${pick(nouns, at + 2)}.`,
}))
const jsonl = (records: readonly object[]) => `${records.map((record) => JSON.stringify(record)).join('\n')}\n`

export const files: Readonly<Record<string, string>> = {
  'main.llmpipe': program,
  'parts/rules.llmpipe': rules,
  'data/a.txt': paragraphs(0, 10),
  'data/b.txt': paragraphs(10, 18),
  'data/c.txt': paragraphs(18, 24),
  'glosses.txt': `${nouns.map((noun, at) => `A ${noun} is what ${pick(verbs, at + 1)} the sea.`).join('\n')}\n`,
  'definitions.jsonl': jsonl(definitions),
  'two.jsonl': jsonl(rankings),
}
