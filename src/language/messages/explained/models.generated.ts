/** Made by scripts/messages.mjs from models.md and the cases of the tests. */

import type { Explanation } from '../explanation.ts'

export const models: readonly Explanation[] = [
  {
    "code": "E0501",
    "title": "`gpt` is documents (Docs), not a model.",
    "text": "`model name = f(…)` gives an architecture its sizes.\n\nDeclare one with `model net(…) { … }`, or import one: `use std.models { llama }`.",
    "wrong": "data prose = read(\"a.txt\")\nmodel gpt = prose",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\nmodel gpt = net(bpe.size)"
  },
  {
    "code": "E0502",
    "title": "`vocab` of an architecture is a number, a text or a truth value, not documents (Docs).",
    "text": "The sizes of a model are known when the program is compiled, except the size of a tokenizer that a stage trains.",
    "wrong": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\nmodel gpt = net(prose)",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\nmodel gpt = net(bpe.size)"
  },
  {
    "code": "E0503",
    "title": "Shapes do not fit: [batch, time, 8] and [batch, time, 9] differ, 8 against 9.",
    "text": "The shape of every tensor is known when the program is compiled, except `batch` and `time`. Sizes are equal, or one of them is 1.",
    "wrong": "model net(vocab, context, dim = 8) {\n  x = embedding(tokens, vocab, dim)\n  y = x + linear(x, 9)\n  linear(y, vocab)\n}\nmodel n = net(vocab: 300, context: 8)",
    "right": "model net(vocab, context, dim = 8) {\n  x = embedding(tokens, vocab, dim)\n  y = x + linear(x, dim)\n  linear(y, vocab)\n}\nmodel n = net(vocab: 300, context: 8)"
  },
  {
    "code": "E0504",
    "title": "`context` must be a whole number above 0, and is the number 2.5.",
    "text": "",
    "wrong": "model net(vocab, context, dim = 8) {\n  x = embedding(tokens, vocab, dim)\n  linear(x, vocab)\n}\nmodel n = net(vocab: 300, context: 2.5)",
    "right": "model net(vocab, context, dim = 8) {\n  x = embedding(tokens, vocab, dim)\n  linear(x, vocab)\n}\nmodel n = net(vocab: 300, context: 8)"
  },
  {
    "code": "E0505",
    "title": "`bias` is a truth value, not the number 3.",
    "text": "The body of an architecture has tensors, numbers, truth values, and words that select a variant of a function.",
    "wrong": "model net(vocab, context, dim = 8) {\n  x = embedding(tokens, vocab, dim)\n  linear(x, vocab, bias: 3)\n}\nmodel n = net(vocab: 300, context: 8)",
    "right": "model net(vocab, context, dim = 8) {\n  x = embedding(tokens, vocab, dim)\n  linear(x, vocab, bias: true)\n}\nmodel n = net(vocab: 300, context: 8)"
  },
  {
    "code": "E0506",
    "title": "`net` ends without a value.",
    "text": "The last line of a body is its result, a tensor.",
    "wrong": "model net(vocab, context, dim = 8) {\n  x = embedding(tokens, vocab, dim)\n  logits = linear(x, vocab)\n}\nmodel n = net(vocab: 300, context: 8)",
    "right": "model net(vocab, context, dim = 8) {\n  x = embedding(tokens, vocab, dim)\n  logits = linear(x, vocab)\n  logits\n}\nmodel n = net(vocab: 300, context: 8)"
  },
  {
    "code": "E0507",
    "title": "The result of an architecture is logits [batch, time, 300], and the result of `net` is [batch, time, 8].",
    "text": "End with `linear(x, vocab)` or `unembed(x, table)`.",
    "wrong": "model net(vocab, context, dim = 8) {\n  embedding(tokens, vocab, dim)\n}\nmodel n = net(vocab: 300, context: 8)",
    "right": "model net(vocab, context, dim = 8) {\n  x = embedding(tokens, vocab, dim)\n  linear(x, vocab)\n}\nmodel n = net(vocab: 300, context: 8)"
  },
  {
    "code": "E0508",
    "title": "The architecture `net` has no parameter `context`.",
    "text": "Every architecture takes `vocab`, the number of token ids, and `context`, the longest sequence it is for.",
    "wrong": "model net(vocab) {\n  linear(embedding(tokens, vocab, 8), vocab)\n}\nmodel n = net(vocab: 300)",
    "right": "model net(vocab, context, dim = 8) {\n  x = embedding(tokens, vocab, dim)\n  linear(x, vocab)\n}\nmodel n = net(vocab: 300, context: 8)"
  },
  {
    "code": "E0509",
    "title": "The block `again` calls itself: `again` → `again`.",
    "text": "The body of a block is inserted at each call, so a block that calls itself would never end. Use `repeat`.",
    "wrong": "block again(x) { again(x) }\nmodel net(vocab, context, dim = 8) {\n  linear(again(embedding(tokens, vocab, dim)), vocab)\n}\nmodel n = net(vocab: 300, context: 8)",
    "right": "model net(vocab, context, dim = 8) {\n  x = embedding(tokens, vocab, dim)\n  linear(x, vocab)\n}\nmodel n = net(vocab: 300, context: 8)"
  },
  {
    "code": "E0510",
    "title": "With all blocks and `repeat`s written out, the architecture has more than 100,000 statements.",
    "text": "The layers of a model are made one after the other when the program is compiled.\n\nLook for a `repeat` with a large count, or blocks that call others several times, and these again.",
    "wrong": "model net(vocab, context, dim = 8) {\n  x = embedding(tokens, vocab, dim)\n  repeat 1_000_000 {\n    x = x + x\n  }\n  linear(x, vocab)\n}\nmodel n = net(vocab: 300, context: 8)",
    "right": "model net(vocab, context, dim = 8) {\n  x = embedding(tokens, vocab, dim)\n  repeat 10 {\n    x = x + x\n  }\n  linear(x, vocab)\n}\nmodel n = net(vocab: 300, context: 8)"
  },
  {
    "code": "E0511",
    "title": "2 names are assigned, and the value is a tensor [batch, time, 16].",
    "text": "Several names on the left of `=` take the parts of one value, in order. `split` gives several tensors, and so does a block that ends with it.\n\nGive a name to each part: `a, b = split(x, 2)`. `_` is a name for a part that nothing uses.",
    "wrong": "model net(vocab, context, dim = 8) {\n  x = embedding(tokens, vocab, dim)\n  a, b = linear(x, 2 * dim)\n  linear(a * sigmoid(b), vocab)\n}\nmodel n = net(vocab: 300, context: 8)",
    "right": "model net(vocab, context, dim = 8) {\n  x = embedding(tokens, vocab, dim)\n  a, b = linear(x, 2 * dim) |> split(2)\n  linear(a * sigmoid(b), vocab)\n}\nmodel n = net(vocab: 300, context: 8)"
  },
  {
    "code": "E0520",
    "title": "The logits of `net` at a position depend on later tokens: this attention mixes all positions.",
    "text": "A language model learns to predict the next token. A model that sees that token copies it: its loss is small, but it\ncannot write text, because the next token does not exist yet while it writes.",
    "wrong": "model net(vocab, context) {\n  x = embedding(tokens, vocab, 8)\n  q = split_heads(linear(x, 8), 2)\n  k = split_heads(linear(x, 8), 2)\n  v = split_heads(linear(x, 8), 2)\n  y = scaled_dot_product(q, k, v, causal: false)\n  linear(merge_heads(y), vocab)\n}\nmodel tiny = net(vocab: 65, context: 8)",
    "right": "model net(vocab, context) {\n  x = embedding(tokens, vocab, 8)\n  q = split_heads(linear(x, 8), 2)\n  k = split_heads(linear(x, 8), 2)\n  v = split_heads(linear(x, 8), 2)\n  y = scaled_dot_product(q, k, v)\n  linear(merge_heads(y), vocab)\n}\nmodel tiny = net(vocab: 65, context: 8)"
  },
  {
    "code": "E0524",
    "title": "`net` cannot write text: this attention needs all earlier tokens.",
    "text": "While a model writes, it computes the new token only. Of earlier tokens it remembers the keys and values of attention, and their positions.\n\nGive `bias` a tensor that depends on keys only by `key_positions()`, computed number by number.",
    "wrong": "block attention(x: [batch, time, dim]) {\n  h = split_heads(x, 1)\n  bias = matmul(h, h, transpose: true)\n  scaled_dot_product(h, h, h, bias: bias) |> merge_heads()\n}\nmodel net(vocab, context, dim = 8) {\n  x = embedding(tokens, vocab, dim)\n  linear(attention(x), vocab)\n}\nmodel n = net(vocab: 300, context: 8)",
    "right": "block attention(x: [batch, time, dim]) {\n  h = split_heads(x, 1)\n  bias = 0.5 * (key_positions() - query_positions())\n  scaled_dot_product(h, h, h, bias: bias) |> merge_heads()\n}\nmodel net(vocab, context, dim = 8) {\n  x = embedding(tokens, vocab, dim)\n  linear(attention(x), vocab)\n}\nmodel n = net(vocab: 300, context: 8)"
  },
  {
    "code": "W0521",
    "title": "The weight `gate.weight` does not affect the logits, and is left out.",
    "text": "The graph of a model keeps only what the logits depend on: this weight is neither trained nor saved.\n\nUse what it computes, or remove it.",
    "wrong": "model net(vocab, context) {\n  x = embedding(tokens, vocab, 8)\n  gate = linear(x, 8)\n  linear(x, vocab)\n}\nmodel tiny = net(vocab: 65, context: 8)",
    "right": "model net(vocab, context) {\n  x = embedding(tokens, vocab, 8)\n  gate = linear(x, 8)\n  linear(x * gate, vocab)\n}\nmodel tiny = net(vocab: 65, context: 8)"
  },
  {
    "code": "W0522",
    "title": "Nothing in `net` uses `half`.",
    "text": "Use it, or remove it.",
    "wrong": "model net(vocab, context) {\n  x = embedding(tokens, vocab, 8)\n  half = 8 / 2\n  linear(x, vocab)\n}\nmodel tiny = net(vocab: 65, context: 8)",
    "right": "model net(vocab, context) {\n  x = embedding(tokens, vocab, 8)\n  half = 8 / 2\n  linear(linear(x, half), vocab)\n}\nmodel tiny = net(vocab: 65, context: 8)"
  },
  {
    "code": "W0523",
    "title": "Training `base` needs about 91.2 GB of memory, and this machine has 16 GB.",
    "text": "The estimate counts the weights, their gradients, the moments of the optimizer, the activations that a step keeps for its gradients, and the process itself.\n\nMake `batch`, `context` or the model smaller; `accumulate` makes up for a smaller batch.",
    "wrong": "use std.models { llama }\ndata prose = read(\"prose.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 512)\nmodel gpt = llama(vocab: bpe.size, context: 2_048, dim: 512, layers: 8, heads: 8)\nstage base = pretrain(gpt, on: prose |> encode(bpe)) {\n  steps: 500\n  batch: 64\n}",
    "right": "use std.models { llama }\ndata prose = read(\"prose.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 512)\nmodel gpt = llama(vocab: bpe.size, context: 2_048, dim: 512, layers: 8, heads: 8)\nstage base = pretrain(gpt, on: prose |> encode(bpe)) {\n  steps: 500\n  batch: 4\n  accumulate: 16\n}"
  }
]
