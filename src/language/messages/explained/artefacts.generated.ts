/** Made by scripts/messages.mjs from artefacts.md and the cases of the tests. */

import type { Explanation } from '../explanation.ts'

export const artefacts: readonly Explanation[] = [
  {
    "code": "E0401",
    "title": "`pretrain` takes tokens (Tokens) here, not documents (Docs).",
    "text": "Every stage kind declares which artefacts it takes and makes.",
    "wrong": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\nstage base = pretrain(net(bpe.size), on: prose, steps: 5)",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\nstage base = pretrain(net(bpe.size), on: prose |> encode(bpe), steps: 5)"
  },
  {
    "code": "E0402",
    "title": "`dedup` needs `docs`: the documents.",
    "text": "Give the input with a pipe, by position, or by name.",
    "wrong": "data prose = dedup()",
    "right": "data prose = dedup(read(\"a.txt\"))"
  },
  {
    "code": "E0403",
    "title": "`bpe` is a tokenizer (Tokenizer), which `data` does not bind.",
    "text": "The keyword names the kind of thing bound: `data` documents and tokens, `tokenizer` a tokenizer, `model` an architecture with its sizes, `stage` the results of training and evaluation.",
    "wrong": "data prose = read(\"a.txt\")\ndata bpe = train_bpe(prose, vocab: 300)",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)"
  },
  {
    "code": "E0404",
    "title": "The held-out tokens are of `other`, the others of `bpe`.",
    "text": "A model understands the ids of its own tokenizer only.",
    "wrong": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\ntokenizer other = train_bpe(prose, vocab: 300)\nstage base = pretrain(net(bpe.size), on: prose |> encode(bpe), validate: prose |> encode(other), steps: 5)",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\nstage base = pretrain(net(bpe.size), on: prose |> encode(bpe), validate: prose |> encode(bpe), steps: 5)"
  },
  {
    "code": "E0405",
    "title": "The model has the vocabulary of `chars`, the tokens are of `bpe`.",
    "text": "The model's vocabulary has to be as large as the tokenizer's.",
    "wrong": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\ntokenizer chars = characters(prose)\nstage base = pretrain(net(chars.size), on: prose |> encode(bpe), steps: 5)",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\nstage base = pretrain(net(bpe.size), on: prose |> encode(bpe), steps: 5)"
  },
  {
    "code": "E0406",
    "title": "The weights were fine-tuned with the template plain, not chatml.",
    "text": "A model fine-tuned with one chat template does not understand another.",
    "wrong": "data prose = read(\"prose/*.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 512)\nmodel net(vocab, context) {\n  linear(tokens, vocab)\n}\nmodel gpt = net(vocab: bpe.size, context: 8)\nstage base = pretrain(gpt, on: encode(prose, bpe), steps: 500)\nstage chat = sft(base, template: plain)\nstage again = sft(chat, template: chatml)",
    "right": "data prose = read(\"prose/*.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 512)\nmodel net(vocab, context) {\n  linear(tokens, vocab)\n}\nmodel gpt = net(vocab: bpe.size, context: 8)\nstage base = pretrain(gpt, on: encode(prose, bpe), steps: 500)\nstage chat = sft(base, template: plain)\nstage again = sft(chat, template: plain)"
  },
  {
    "code": "E0407",
    "title": "This call has 1 output, and 2 names to bind.",
    "text": "The names on the left of `=` are bound to the outputs of the call, one to one.",
    "wrong": "data a, b = read(\"a.txt\")",
    "right": "data a, b = read(\"a.txt\") |> split(50%, 50%)"
  },
  {
    "code": "E0408",
    "title": "`docs` takes one artefact, not a list.",
    "text": "Only some inputs take several artefacts.\n\nGive one, or join documents with `concat`.",
    "wrong": "data c = dedup([read(\"a.txt\"), read(\"b.txt\")])",
    "right": "data c = concat([read(\"a.txt\"), read(\"b.txt\")]) |> dedup(exact)"
  },
  {
    "code": "E0409",
    "title": "This expectation reads no metric of a stage.",
    "text": "`expect` compares a metric of a finished stage with a bound. Without a metric, nothing could fail.\n\nName a metric of a stage: `expect base.valid_loss < 4.5`.",
    "wrong": "expect 1 < 2",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\nstage base = pretrain(net(bpe.size), on: prose |> encode(bpe), steps: 10)\nexpect base.valid_loss < 2"
  },
  {
    "code": "E0410",
    "title": "Only artefacts can be exported; this is a number.",
    "text": "Name something bound by `data`, `tokenizer` or `stage`.",
    "wrong": "let a = 3\nexport a to \"out\"",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\nstage base = pretrain(net(bpe.size), on: prose |> encode(bpe), steps: 10)\nexport base to \"out\""
  },
  {
    "code": "E0411",
    "title": "Two exports go to the folder \"out\".",
    "text": "An export makes its folder a copy of the artefact, so the second export would overwrite the first. Real paths are compared:\n`out`, `./out/` and a link to `out` are one folder.\n\nExport each to a folder of its own.",
    "wrong": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\nstage base = pretrain(net(bpe.size), on: prose |> encode(bpe), steps: 10)\nexport base to \"out\"\nexport base to \"out/\"",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\nstage base = pretrain(net(bpe.size), on: prose |> encode(bpe), steps: 10)\nexport base to \"out\"\nexport base to \"other\""
  },
  {
    "code": "E0420",
    "title": "The export to \"prose\" would change what this program reads: \"prose/*.jsonl\".",
    "text": "An export makes its folder a copy of the artefact. If the program reads from that folder too, it would overwrite its own input, or\nread its own results as input the next time. Real paths are compared: `..` and links are followed.\n\nExport to a folder of its own, for example \"out/…\".",
    "wrong": "data prose = read(\"prose/*.jsonl\")\ndata short = prose |> keep(where: words < 100)\nexport short to \"prose\"",
    "right": "data prose = read(\"prose/*.jsonl\")\ndata short = prose |> keep(where: words < 100)\nexport short to \"out/short\""
  },
  {
    "code": "E0421",
    "title": "The export to \".\" would write among the files of the program itself: example-export-among-sources.llmpipe lies there.",
    "text": "An export makes its folder a copy of the artefact, which would remove the program or a file that it uses.\n\nExport to a folder of its own, for example \"out/…\".",
    "wrong": "data prose = read(\"prose/*.txt\")\nexport prose to \".\"",
    "right": "data prose = read(\"prose/*.txt\")\nexport prose to \"out/prose\""
  },
  {
    "code": "E0412",
    "title": "`score` does not report on `other`.",
    "text": "A report on several models has a number for each: `score.win_rate[aligned]` is that of `aligned`, one of those it was given.",
    "wrong": "data prose = read(\"prose/*.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 512)\nmodel net(vocab, context) {\n  linear(tokens, vocab)\n}\nmodel gpt = net(vocab: bpe.size, context: 8)\nstage base = pretrain(gpt, on: encode(prose, bpe), steps: 500)\nstage other = pretrain(gpt, on: encode(prose, bpe), steps: 900)\nstage score = evaluate([base])\nexpect score.loss[other] < 4",
    "right": "data prose = read(\"prose/*.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 512)\nmodel net(vocab, context) {\n  linear(tokens, vocab)\n}\nmodel gpt = net(vocab: bpe.size, context: 8)\nstage base = pretrain(gpt, on: encode(prose, bpe), steps: 500)\nstage other = pretrain(gpt, on: encode(prose, bpe), steps: 900)\nstage score = evaluate([base, other])\nexpect score.loss[other] < 4"
  },
  {
    "code": "E0413",
    "title": "`base` will have no metric `val_loss`.",
    "text": "The metrics of a stage are known before it runs. An expectation of another metric would fail after the training.",
    "wrong": "data prose = read(\"prose/*.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 512)\nmodel net(vocab, context) {\n  linear(tokens, vocab)\n}\nmodel gpt = net(vocab: bpe.size, context: 8)\nstage base = pretrain(gpt, on: encode(prose, bpe), steps: 500)\nexpect base.val_loss < 4.5",
    "right": "data prose = read(\"prose/*.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 512)\nmodel net(vocab, context) {\n  linear(tokens, vocab)\n}\nmodel gpt = net(vocab: bpe.size, context: 8)\nstage base = pretrain(gpt, on: encode(prose, bpe), steps: 500)\nexpect base.valid_loss < 4.5"
  },
  {
    "code": "E0414",
    "title": "`score` has one `loss` for each model.",
    "text": "",
    "wrong": "data prose = read(\"prose/*.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 512)\nmodel net(vocab, context) {\n  linear(tokens, vocab)\n}\nmodel gpt = net(vocab: bpe.size, context: 8)\nstage base = pretrain(gpt, on: encode(prose, bpe), steps: 500)\nstage other = pretrain(gpt, on: encode(prose, bpe), steps: 900)\nstage score = evaluate([base, other])\nexpect score.loss < 4.5",
    "right": "data prose = read(\"prose/*.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 512)\nmodel net(vocab, context) {\n  linear(tokens, vocab)\n}\nmodel gpt = net(vocab: bpe.size, context: 8)\nstage base = pretrain(gpt, on: encode(prose, bpe), steps: 500)\nstage other = pretrain(gpt, on: encode(prose, bpe), steps: 900)\nstage score = evaluate([base, other])\nexpect score.loss[base] < 4.5"
  },
  {
    "code": "W0416",
    "title": "No file matches \"prosa.txt\" in the folder of the program.",
    "text": "A run fails at this stage unless the files exist by then. The program may create them itself, with `export` or `shell`.",
    "wrong": "// The folder has prose.txt.\ndata prose = read(\"prosa.txt\")",
    "right": "// The folder has prose.txt.\ndata prose = read(\"prose.txt\")"
  },
  {
    "code": "W0418",
    "title": "`score` measures `base` on data that it has learned from.",
    "text": "A model can repeat what it has learned, so that such a measurement says little about other texts. llmpipe compares where both come from in the program: the\ndata is the same, or one is a part of what the other was made of. Copies in other files are found by `decontaminate`.\n\nHold data out before the training: `data train, held_out = docs |> split(90%, 10%)`.",
    "wrong": "use std.models { llama }\ndata prose = read(\"prose.txt\", split: lines)\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel tiny = llama(vocab: bpe.size, context: 64, dim: 16, layers: 1, heads: 2)\nstage base = pretrain(tiny, on: prose |> encode(bpe)) { steps: 10 }\nstage score = evaluate([base], on: prose |> sample(10%))",
    "right": "use std.models { llama }\ndata prose = read(\"prose.txt\", split: lines)\ndata train, held_out = prose |> split(90%, 10%)\ntokenizer bpe = train_bpe(train, vocab: 300)\nmodel tiny = llama(vocab: bpe.size, context: 64, dim: 16, layers: 1, heads: 2)\nstage base = pretrain(tiny, on: train |> encode(bpe)) { steps: 10 }\nstage score = evaluate([base], on: held_out)"
  },
  {
    "code": "E0470",
    "title": "These weights cannot be loaded: config.json describes a model that llmpipe does not support: its model_type is \"bert\".",
    "text": "`check` reads the config.json of the folder that `weights(…)` names, and reports a model that llmpipe does not support before the run.",
    "wrong": "// config.json of the folder says \"model_type\": \"bert\".\nstage base = weights(\"bert-base-uncased\")",
    "right": "// config.json of the folder says \"model_type\": \"gpt2\".\nstage base = weights(\"gpt2\")"
  },
  {
    "code": "E0471",
    "title": "No matrix of the model is called q_lin.",
    "text": "The model comes from a folder, whose config.json says which matrices it has.",
    "wrong": "stage base = weights(\"gpt2\")\ndata pairs = read(\"chats.jsonl\") |> conversations()\nstage tuned = sft(base, on: pairs, lora: lora(targets: [\"q_lin\"]))",
    "right": "stage base = weights(\"gpt2\")\ndata pairs = read(\"chats.jsonl\") |> conversations()\nstage tuned = sft(base, on: pairs, lora: lora(targets: [\"q\", \"v\"]))"
  },
  {
    "code": "E0472",
    "title": "No weight of the model is called embeddings.",
    "text": "The model comes from a folder, whose config.json says which weights it has. A name is one or more parts of the dotted name of a weight.",
    "wrong": "stage base = weights(\"gpt2\")\ndata pairs = read(\"chats.jsonl\") |> conversations()\nstage tuned = sft(base, on: pairs, freeze: [\"embeddings\"])",
    "right": "stage base = weights(\"gpt2\")\ndata pairs = read(\"chats.jsonl\") |> conversations()\nstage tuned = sft(base, on: pairs, freeze: [\"table\", \"places\"])"
  },
  {
    "code": "E0417",
    "title": "llama.cpp has no architecture that computes the same as `mine`.",
    "text": "`as gguf` writes a file for llama.cpp, which computes some families of std.models, and of these some sizes only. The graphs are compared: llama.cpp does not compute\nan architecture that was copied from std.models and changed. `as hf` writes such an architecture with its code, and `as onnx` writes any whose attention is causal.",
    "wrong": "model mine(vocab, context) {\n  x = embedding(tokens, vocab, 64)\n  linear(silu(linear(x, 64)), vocab)\n}\ndata prose = read(\"prose.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 512)\nmodel tiny = mine(vocab: bpe.size, context: 128)\nstage base = pretrain(tiny, on: prose |> encode(bpe), steps: 500)\nexport base to \"out/base\" as gguf",
    "right": "use std.models { llama }\ndata prose = read(\"prose.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 512)\nmodel tiny = llama(vocab: bpe.size, context: 128, dim: 64, layers: 2, heads: 2)\nstage base = pretrain(tiny, on: prose |> encode(bpe), steps: 500)\nexport base to \"out/base\" as gguf"
  },
  {
    "code": "E0620",
    "title": "`tuned` has no low-rank adapter beside it, and `as peft` writes only that.",
    "text": "PEFT loads an adapter beside the model that it was learned on. Only `sft` with `lora: lora(merge: false)` keeps its adapter; by default it is added to the weights.\n\nKeep the adapter: `sft(…, lora: lora(merge: false))`. Or export the whole model: `as hf`.",
    "wrong": "stage base = weights(\"gpt2\")\ndata pairs = read(\"chats.jsonl\") |> conversations()\nstage tuned = sft(base, on: pairs, lora: lora(rank: 8))\nexport tuned to \"out/adapter\" as peft",
    "right": "stage base = weights(\"gpt2\")\ndata pairs = read(\"chats.jsonl\") |> conversations()\nstage tuned = sft(base, on: pairs, lora: lora(rank: 8, merge: false))\nexport tuned to \"out/adapter\" as peft"
  },
  {
    "code": "W0422",
    "title": "The test expects nothing.",
    "text": "`llmpipe test` runs a test, and reports the expectations that do not hold.\n\nSay what has to hold: `expect tidy(texts(\" a \")) == [\"a\"]`.",
    "wrong": "data prose = read(\"a.txt\")\ntest \"prose is read\" {\n  data k = prose |> dedup(exact)\n}",
    "right": "data prose = read(\"a.txt\")\ntest \"prose is read\" {\n  data k = prose |> dedup(exact)\n  expect k.documents > 0\n}"
  }
]
