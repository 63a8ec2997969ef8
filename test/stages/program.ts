/** Two programs that use every kind of stage on fixed input: the second reads what the first exported. */

import { files as small } from '../run/precision/program.ts'

const first = `use std.models { llama }
use std.chat { chatml }

data text = read("data/*.txt", split: paragraphs)
tokenizer bpe = train_bpe(text, vocab: 300, special: chatml.tokens)
model tiny = llama(vocab: bpe.size, dim: 16, layers: 1, heads: 2, context: 64)
// So small a step leaves the weights as they were drawn: what they write depends on no processor.
stage untrained = pretrain(tiny, on: text |> encode(bpe)) { steps: 1, batch: 1, optimizer: adamw(lr: 1e-20, weight_decay: 0) }
data pairs = read("definitions.jsonl") |> pair(prompt: "Define {word}.", response: "{gloss}")
stage start = sft(untrained, on: pairs, template: chatml) { epochs: 1, optimizer: adamw(lr: 1e-20, weight_decay: 0) }

export bpe to "out/bpe"
export start to "out/start" as hf
`

const second = `use std.models { llama }
use std.chat { chatml }

filter rules(least = 20) {
  characters >= least
  words       < 100
}

data messy = read("messy.jsonl", field: "content")
data normal = messy |> normalize()
data redacted = messy |> redact(emails, ip_addresses, phone_numbers)
data sentences = messy |> c4_lines()
data mapped = messy |> map(text: "Text:\\n{text}", keep_fields: [])
data spoken = messy |> identify_language()
stage tells = classifier(good: text, bad: messy)
data scored = messy |> score(with: tells)
data page = read("page.html") |> text_from_html()
data long = messy |> keep(where: words > 8 and alpha_ratio > 0.5)
data short = messy |> drop(where: words > 8)
data filtered = messy |> rules()

data text = read("data/*.txt", split: paragraphs)
data said = texts("One thing.", "", "Another — thing.")
data twice = concat(text, messy, text)
data once = twice |> dedup(exact)
data alike = twice |> dedup(minhash, threshold: 0.8)
data some = text |> sample(10, seed: 3)
data mixed = text |> shuffle(seed: 3)
data train, held = text |> split(75%, 25%, seed: 3)
data clean = twice |> decontaminate(against: held, ngram: 12)
data counted = shell([messy], command: "wc -l < $IN1/docs-00000.jsonl > $OUT/count.txt", makes: files)

tokenizer by_byte = bytes(special: ["<|tool|>"])
tokenizer letters = characters(text, unknown: "<|unknown|>")
tokenizer pieces = train_bpe(text, vocab: 320, special: chatml.tokens)
tokenizer loaded = load_tokenizer("out/bpe/tokenizer*.json")
data tokens = train |> encode(pieces)

data definitions = read("definitions.jsonl")
data pairs = definitions |> pair(prompt: "Define {word}.", response: "{gloss}")
data chats = read("chats.jsonl") |> conversations()
data shown = chats |> render(chatml)
data asked = pairs |> prompts()
data ranked = read("two.jsonl") |> rankings(prompt: "Define {word}.", best_first: ["{cynic}", "{scholar}"])

stage start = weights("out/start") { chat: true }
data guessed = said |> perplexity(under: start)
data answers = generate(start, on: asked) { responses: 2, max_tokens: 8, seed: 3 }
data judged = rank(answers, by: judge(score: -characters))

model tiny = llama(vocab: pieces.size, dim: 16, layers: 1, heads: 2, context: 64)
stage base = pretrain(tiny, on: tokens) { steps: 3, batch: 4 }
stage longer = pretrain(tiny, on: tokens) { steps: 6, batch: 4 }
stage winner = best([base, longer], by: train_loss)
stage middle = average(base, longer, weights: [25%, 75%])
stage chat = sft(base, on: pairs, template: chatml) { epochs: 1, batch: 4 }
stage reward = reward_model(chat, on: ranked) { too_long: cut_start, batch: 4 }
stage preferred = dpo(chat, on: ranked) { too_long: cut_start, batch: 4 }
stage aligned = ppo(chat, reward: reward, on: asked) { steps: 1, rollouts: 4, max_tokens: 4 }
stage grouped = grpo(chat, reward: reward, on: asked) { steps: 1, rollouts: 4, responses: 2, max_tokens: 4 }
stage score = evaluate([start], on: pairs) { win_rate: against(start, score: -characters, on: asked, max_tokens: 4) }
stage leaks = contamination(held, learned: [train, twice])

expect letters.vocab > 20
export start to "out/again" as hf
`

/** The stage of the second program that stands for each kind. */
export const cases: Readonly<Record<string, string>> = {
  average: 'middle',
  best: 'winner',
  bytes: 'by_byte',
  c4_lines: 'sentences',
  characters: 'letters',
  classifier: 'tells',
  concat: 'twice',
  contamination: 'leaks',
  conversations: 'chats',
  decontaminate: 'clean',
  dedup: 'alike',
  documents: 'text',
  dpo: 'preferred',
  drop: 'short',
  encode: 'tokens',
  evaluate: 'score',
  expect: 'expect letters.vocab',
  export: 'export start',
  filter: 'filtered',
  generate: 'answers',
  grpo: 'grouped',
  identify_language: 'spoken',
  keep: 'long',
  load_tokenizer: 'loaded',
  map: 'mapped',
  normalize: 'normal',
  pair: 'pairs',
  perplexity: 'guessed',
  ppo: 'aligned',
  pretrain: 'base',
  prompts: 'asked',
  rank: 'judged',
  rankings: 'ranked',
  read: 'messy',
  redact: 'redacted',
  render: 'shown',
  reward_model: 'reward',
  sample: 'some',
  score: 'scored',
  sft: 'chat',
  shell: 'counted',
  shuffle: 'mixed',
  split: 'train,held',
  text_from_html: 'page',
  texts: 'said',
  train_bpe: 'pieces',
  weights: 'start',
}

const page = `<html><body><nav><a href="/">Home</a></nav><article><h1>A voyage</h1><p>${'It was a long voyage, and the captain wrote of it. '.repeat(6)}</p>
<p>${'Nobody in the harbour has read his book, which is long. '.repeat(4)}</p></article><footer>Terms</footer></body></html>`

const messy = [
  { content: 'Caf\u00c3\u00a9 au lait,\u00a0\u00a0and  a   second  line\u0007.\r\n\r\n\r\nDone.' },
  { content: 'Write to jane.doe@example.org or to 192.0.2.17, or call +1 415 555 0132 tomorrow.' },
  {
    content:
      'Menu\nThis line is a whole sentence, and it ends as one.\nPlease accept our cookie policy to go on.\nHome',
  },
  { content: 'Short.', lang: 'en' },
  { content: '1234 5678 9012 3456 7890 1234 5678 9012 3456 7890' },
  { content: 'It was a long voyage, and the captain wrote of it in a book that nobody in the harbour has read.' },
]
const chats = [
  {
    messages: [
      { role: 'user', content: 'Who is there?' },
      { role: 'assistant', content: 'Nobody.' },
    ],
  },
  {
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hi.' },
    ],
  },
]
const jsonl = (records: readonly object[]) => `${records.map((record) => JSON.stringify(record)).join('\n')}\n`

const { 'data/a.txt': a, 'data/b.txt': b, 'definitions.jsonl': definitions, 'two.jsonl': two } = small
export const files: Readonly<Record<string, string>> = {
  'first.llmpipe': first,
  'second.llmpipe': second,
  'data/a.txt': a!,
  'data/b.txt': b!,
  'definitions.jsonl': definitions!,
  'two.jsonl': two!,
  'messy.jsonl': jsonl(messy),
  'page.html': page,
  'chats.jsonl': jsonl(chats),
}
