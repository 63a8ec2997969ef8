/** Made by scripts/messages.mjs from sweeps.md and the cases of the tests. */

import type { Explanation } from '../explanation.ts'

export const sweeps: readonly Explanation[] = [
  {
    "code": "E0701",
    "title": "`param` cannot stand in a `for`.",
    "text": "The body of a `for` makes variants, and that of an `if` makes all of its declarations or none: both hold what binds values and artefacts (`let`, `data`, `tokenizer`, `model`, `stage`), `expect`, `export`, and other `for`s and `if`s. Imports, `param`s and tests stand at the top of a file.",
    "wrong": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\ndata tokens = prose |> encode(bpe)\nfor lr in [1e-3, 3e-4] {\n  param steps = 3\n  stage base = pretrain(net(bpe.size), on: tokens, steps: 1, optimizer: adamw(lr: lr))\n}",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\ndata tokens = prose |> encode(bpe)\nfor lr in [1e-3, 3e-4] {\n  stage base = pretrain(net(bpe.size), on: tokens, steps: 1, optimizer: adamw(lr: lr))\n}"
  },
  {
    "code": "E0702",
    "title": "A `for` goes over a list, a range of whole numbers, or `zip(…)` of lists, not over a number.",
    "text": "`for lr in [1e-3, 3e-4]`, `for layers in 2..4` (both ends count), `for lr, warmup in zip([1e-3, 3e-4], [50, 100])`; a list may have a name.",
    "wrong": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\ndata tokens = prose |> encode(bpe)\nfor lr in 1e-3 {\n  stage base = pretrain(net(bpe.size), on: tokens, steps: 1, optimizer: adamw(lr: lr))\n}",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\ndata tokens = prose |> encode(bpe)\nfor lr in [1e-3] {\n  stage base = pretrain(net(bpe.size), on: tokens, steps: 1, optimizer: adamw(lr: lr))\n}"
  },
  {
    "code": "E0703",
    "title": "A `for` takes numbers, texts, truth values and groups of values, not documents (Docs).",
    "text": "The values are a part of the names of variants: `base[lr=3e-4]`, `base[opt=adamw(lr: 1e-3)]`.\n\nUse the variable where it is needed: `optimizer: adamw(lr: lr)`.",
    "wrong": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\ndata tokens = prose |> encode(bpe)\nfor lr in [prose] {\n  data k = lr |> dedup(exact)\n}",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\ndata tokens = prose |> encode(bpe)\nfor lr in [1e-3, 3e-4] {\n  stage base = pretrain(net(bpe.size), on: tokens, steps: 1, optimizer: adamw(lr: lr))\n}"
  },
  {
    "code": "E0704",
    "title": "`lr` would be 1e-3 twice.",
    "text": "Variants differ in their values.\n\nRemove one of them.",
    "wrong": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\ndata tokens = prose |> encode(bpe)\nfor lr in [1e-3, 0.001] {\n  stage base = pretrain(net(bpe.size), on: tokens, steps: 1, optimizer: adamw(lr: lr))\n}",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\ndata tokens = prose |> encode(bpe)\nfor lr in [1e-3, 3e-4] {\n  stage base = pretrain(net(bpe.size), on: tokens, steps: 1, optimizer: adamw(lr: lr))\n}"
  },
  {
    "code": "E0705",
    "title": "The lists of `zip` have 2 and 3 values.",
    "text": "The lists of `zip` have the same length.\n\n`zip` combines the first values of all lists, then the second values, and so on. For all combinations, write `for a in …, b in …`.",
    "wrong": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\ndata tokens = prose |> encode(bpe)\nfor lr, seed in zip([1e-3, 3e-4], [1, 2, 3]) {\n  stage base = pretrain(net(bpe.size), on: tokens, steps: 1, seed: seed, optimizer: adamw(lr: lr))\n}",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\ndata tokens = prose |> encode(bpe)\nfor lr, seed in zip([1e-3, 3e-4], [1, 2]) {\n  stage base = pretrain(net(bpe.size), on: tokens, steps: 1, seed: seed, optimizer: adamw(lr: lr))\n}"
  },
  {
    "code": "E0706",
    "title": "2 names before `in`, and 1 list to take values from.",
    "text": "Several names before `in` take their values together: `for lr, warmup in zip([1e-3, 3e-4], [50, 100])`.",
    "wrong": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\ndata tokens = prose |> encode(bpe)\nfor lr, seed in [1e-3, 3e-4] {\n  stage base = pretrain(net(bpe.size), on: tokens, steps: 1, seed: seed, optimizer: adamw(lr: lr))\n}",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\ndata tokens = prose |> encode(bpe)\nfor lr, seed in zip([1e-3, 3e-4], [1, 2]) {\n  stage base = pretrain(net(bpe.size), on: tokens, steps: 1, seed: seed, optimizer: adamw(lr: lr))\n}"
  },
  {
    "code": "E0707",
    "title": "`base` has 2 variants, and one is expected here.",
    "text": "Outside of its `for`, a name is the list of its variants. Inputs that take a list of artefacts accept it.",
    "wrong": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\ndata tokens = prose |> encode(bpe)\nfor lr in [1e-3, 3e-4] {\n  stage base = pretrain(net(bpe.size), on: tokens, steps: 1, optimizer: adamw(lr: lr))\n}\nstage chat = sft(base)",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\ndata tokens = prose |> encode(bpe)\nfor lr in [1e-3, 3e-4] {\n  stage base = pretrain(net(bpe.size), on: tokens, steps: 1, optimizer: adamw(lr: lr))\n}\nstage chat = sft(base[lr=1e-3])"
  },
  {
    "code": "E0708",
    "title": "`base` has no variant with lr=2e-3.",
    "text": "`base[lr=3e-4, layers=2]` is the variant of `base` that was made with these values; `base[lr=3e-4]` is all those with this one.",
    "wrong": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\ndata tokens = prose |> encode(bpe)\nfor lr in [1e-3, 3e-4] {\n  stage base = pretrain(net(bpe.size), on: tokens, steps: 1, optimizer: adamw(lr: lr))\n}\nstage chat = sft(base[lr=2e-3])",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\ndata tokens = prose |> encode(bpe)\nfor lr in [1e-3, 3e-4] {\n  stage base = pretrain(net(bpe.size), on: tokens, steps: 1, optimizer: adamw(lr: lr))\n}\nstage chat = sft(base[lr=1e-3])"
  },
  {
    "code": "E0709",
    "title": "`base` has no variants to select from.",
    "text": "Brackets with values select variants of a `for`.",
    "wrong": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\nstage base = pretrain(net(bpe.size), on: prose |> encode(bpe), steps: 10)\nstage chat = sft(base[lr=1e-3])",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\nstage base = pretrain(net(bpe.size), on: prose |> encode(bpe), steps: 10)\nstage chat = sft(base)"
  },
  {
    "code": "E0710",
    "title": "The `for` makes more than 10000 variants.",
    "text": "Several clauses make every combination of their values.\n\nTake fewer values, or take some together with `zip(…)`.",
    "wrong": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\ndata tokens = prose |> encode(bpe)\nfor lr in [1e-3], seed in 1..100_000 {\n  stage base = pretrain(net(bpe.size), on: tokens, steps: 1, seed: seed, optimizer: adamw(lr: lr))\n}",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\ndata tokens = prose |> encode(bpe)\nfor lr in [1e-3], seed in 1..3 {\n  stage base = pretrain(net(bpe.size), on: tokens, steps: 1, seed: seed, optimizer: adamw(lr: lr))\n}"
  },
  {
    "code": "W0711",
    "title": "Nothing in the `for` uses `seed`.",
    "text": "A declaration has variants only for the variables that it uses, directly or through others.\n\nUse it, or remove it: declarations that do not depend on it are made once.",
    "wrong": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\ndata tokens = prose |> encode(bpe)\nfor lr in [1e-3, 3e-4], seed in 1..2 {\n  stage base = pretrain(net(bpe.size), on: tokens, steps: 1, optimizer: adamw(lr: lr))\n}",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\ndata tokens = prose |> encode(bpe)\nfor lr in [1e-3, 3e-4] {\n  stage base = pretrain(net(bpe.size), on: tokens, steps: 1, optimizer: adamw(lr: lr))\n}"
  }
]
