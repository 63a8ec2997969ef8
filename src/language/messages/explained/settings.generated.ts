/** Made by scripts/messages.mjs from settings.md and the cases of the tests. */

import type { Explanation } from '../explanation.ts'

export const settings: readonly Explanation[] = [
  {
    "code": "E0301",
    "title": "`read` has no setting `splt`.",
    "text": "An unknown setting is always an error, so that a misspelt one is never silently ignored.",
    "wrong": "data prose = read(\"a.txt\", splt: lines)",
    "right": "data prose = read(\"a.txt\", split: lines)"
  },
  {
    "code": "E0302",
    "title": "`train_bpe` needs `vocab`.",
    "text": "A setting without a default has to be given.",
    "wrong": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose)",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)"
  },
  {
    "code": "E0303",
    "title": "`vocab` is a whole number, not a text.",
    "text": "The value has another type than the setting.",
    "wrong": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: \"many\")",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)"
  },
  {
    "code": "E0304",
    "title": "`limit` is a number of bytes, not a number.",
    "text": "A suffix says what a number measures, and a setting says what it takes. A bare number is a count or a fraction, never bytes or time.",
    "wrong": "data prose = read(\"a.txt\", limit: 5)",
    "right": "data prose = read(\"a.txt\", limit: 5MiB)"
  },
  {
    "code": "E0305",
    "title": "`line` is not a choice for `split`.",
    "text": "The setting takes one of a few words, written bare.",
    "wrong": "data prose = read(\"a.txt\", split: line)",
    "right": "data prose = read(\"a.txt\", split: lines)"
  },
  {
    "code": "E0306",
    "title": "`threshold` must be at most 1.",
    "text": "The value has the right type but is not one the setting allows.",
    "wrong": "data prose = read(\"a.txt\")\ndata k = prose |> dedup(minhash, threshold: 120%)",
    "right": "data prose = read(\"a.txt\")\ndata k = prose |> dedup(minhash, threshold: 80%)"
  },
  {
    "code": "E0307",
    "title": "`vocab` is given twice.",
    "text": "Give a setting once: by its position, by its name in the parentheses, or in the block.\n\nRemove one of the two.",
    "wrong": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300) {\n  vocab: 400\n}",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)"
  },
  {
    "code": "E0308",
    "title": "`dedup` takes 2 arguments by position, and this is one more.",
    "text": "Only some inputs and settings can be given by position; all can be given by name.\n\nGive settings by name: `name: value`.",
    "wrong": "data prose = read(\"a.txt\")\ndata k = prose |> dedup(exact, minhash)",
    "right": "data prose = read(\"a.txt\")\ndata k = prose |> dedup(exact)"
  },
  {
    "code": "E0309",
    "title": "`adam(…)` is not something `optimizer` can be.",
    "text": "The setting takes a group of values, written as a call: `adamw(lr: 1e-3)`.",
    "wrong": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\nstage base = pretrain(net(bpe.size), on: prose |> encode(bpe), steps: 10, optimizer: adam(lr: 1e-3))",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\nstage base = pretrain(net(bpe.size), on: prose |> encode(bpe), steps: 10, optimizer: adamw(lr: 1e-3))"
  },
  {
    "code": "E0310",
    "title": "A condition over documents is true or false; this is a count.",
    "text": "A rule or a `where:` is true for the documents to keep.\n\nCompare it with something: `words > 50`.",
    "wrong": "data prose = read(\"a.txt\")\ndata k = prose |> keep(where: words + 1)",
    "right": "data prose = read(\"a.txt\")\ndata k = prose |> keep(where: words > 1)"
  },
  {
    "code": "E0621",
    "title": "`len(text)` is not something a condition over documents can see.",
    "text": "A condition or a score is an expression over metrics of a document, such as `words` or `alpha_ratio`, and values declared with `let` or `param`. A condition also names fields of records, as they are: `lang`, `meta.score`. A score of an answer has no fields.",
    "wrong": "data k = read(\"a.txt\") |> keep(where: len(text) > 3)",
    "right": "data k = read(\"a.txt\") |> keep(where: words > 3)"
  },
  {
    "code": "E0311",
    "title": "`%` cannot take a text and a number.",
    "text": "The two sides do not go together.",
    "wrong": "let n = 3\ndata k = read(\"%d.txt\" % n)",
    "right": "let n = 3\ndata k = read(\"{n}.txt\")"
  },
  {
    "code": "E0320",
    "title": "`-` takes a number, not a text.",
    "text": "`not` negates a truth value, `-` a number.",
    "wrong": "let a = -\"b\"\ndata k = read(\"a{a}.txt\")",
    "right": "let a = -3\ndata k = read(\"a{a}.txt\")"
  },
  {
    "code": "E0312",
    "title": "Cannot compare or add a count and a number of bytes.",
    "text": "Two numbers that measure different things are never compared or added.",
    "wrong": "data prose = read(\"a.txt\")\ndata k = prose |> keep(where: words > 3MiB)",
    "right": "data prose = read(\"a.txt\")\ndata k = prose |> keep(where: words > 3)"
  },
  {
    "code": "E0313",
    "title": "The size of this tokenizer is known only once it is trained.",
    "text": "The size can be the vocabulary of a model, which is then set when the stage starts. Sums, conditions and other settings need numbers that are known when the program is compiled.",
    "wrong": "data prose = read(\"a.txt\")\ntokenizer chars = characters(prose)\ndata k = prose |> keep(where: words > chars.size)",
    "right": "data prose = read(\"a.txt\")\ndata k = prose |> keep(where: words > 300)"
  },
  {
    "code": "E0314",
    "title": "A condition is true or false; this is a number.",
    "text": "`if` is decided when the program is compiled.",
    "wrong": "let steps = 3\ndata k = read(if steps { \"a.txt\" } else { \"b.txt\" })",
    "right": "let steps = 3\ndata k = read(if steps > 2 { \"a.txt\" } else { \"b.txt\" })"
  },
  {
    "code": "E0315",
    "title": "This calculation has no result: it divides by 0.",
    "text": "A division by 0 has no result, nor has a calculation whose number is too large.",
    "wrong": "let a = 1 / 0\ndata k = read(\"a{a}.txt\")",
    "right": "let a = 1 / 2\ndata k = read(\"a{a}.txt\")"
  },
  {
    "code": "E0316",
    "title": "A hole of a string takes a number or a text, not documents (Docs).",
    "text": "The value becomes a part of the string, so it has to be a number, a text or a truth value.",
    "wrong": "data prose = read(\"a.txt\")\ndata k = read(\"data/{prose}\")",
    "right": "let prose = \"prose.txt\"\ndata k = read(\"data/{prose}\")"
  },
  {
    "code": "E0317",
    "title": "`few` needs `least`.",
    "text": "A parameter without a default needs an argument.",
    "wrong": "op few(docs, least) = docs |> keep(where: words > least)\ndata k = read(\"a.txt\") |> few()",
    "right": "op few(docs, least) = docs |> keep(where: words > least)\ndata k = read(\"a.txt\") |> few(3)"
  },
  {
    "code": "E0330",
    "title": "`count` of `part_of` is a count, which is a whole number above 0, not 2.5.",
    "text": "A parameter can state its type: `layers: count`, `rate: number`, `scaling: \"none\" or \"linear\"`. Every argument of a call, and the default, have this type.",
    "wrong": "let part_of(count: count, part: fraction = 2%) = max(1, round(part * count))\n\ndata prose = read(\"prose.txt\") |> keep(where: words >= part_of(2.5))",
    "right": "let part_of(count: count, part: fraction = 2%) = max(1, round(part * count))\n\ndata prose = read(\"prose.txt\") |> keep(where: words >= part_of(250))"
  },
  {
    "code": "E0331",
    "title": "`int` is not a type of this parameter.",
    "text": "Types are count, whole, number, fraction, boolean, text, bytes and time, and in blocks tensor and shapes such as `[batch, time, dim]`. A type of texts lists them: `\"none\" or \"linear\"`.\n\nWrite one of the types, or the texts that it takes: `\"a\" or \"b\"`.",
    "wrong": "filter long(least: int = 50) { words >= least }\n\ndata prose = read(\"prose.txt\") |> long()",
    "right": "filter long(least: count = 50) { words >= least }\n\ndata prose = read(\"prose.txt\") |> long()"
  },
  {
    "code": "E0318",
    "title": "low is more than high.",
    "text": "Two settings do not go together, or do not suit the inputs.",
    "wrong": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\nstage base = pretrain(net(bpe.size), on: prose |> encode(bpe), steps: 10)\nstage chat = sft(base, low: 3, high: 2)",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\nstage base = pretrain(net(bpe.size), on: prose |> encode(bpe), steps: 10)\nstage chat = sft(base, low: 2, high: 3)"
  },
  {
    "code": "E0319",
    "title": "A range stands only after `in`.",
    "text": "`x in a..b` is true if `x` lies between `a` and `b`, both included. In a `for`, `a..b` is all whole numbers from `a` to `b`.\n\nWrite `x in a..b`; for a list write `[a, b]`.",
    "wrong": "data prose = read(\"a.txt\")\ndata k = prose |> dedup(minhash, threshold: 0.1..0.2)",
    "right": "data prose = read(\"a.txt\")\ndata k = prose |> dedup(minhash, threshold: 0.2)"
  },
  {
    "code": "W0340",
    "title": "The warm-up takes 2000 steps, and the training has 500.",
    "text": "The program is valid, but this is most likely not what you want.",
    "wrong": "data prose = read(\"prose/*.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 512)\nmodel net(vocab, context) {\n  linear(tokens, vocab)\n}\nmodel gpt = net(vocab: bpe.size, context: 8)\nstage base = pretrain(gpt, on: encode(prose, bpe), steps: 500, warmup: 2_000)",
    "right": "data prose = read(\"prose/*.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 512)\nmodel net(vocab, context) {\n  linear(tokens, vocab)\n}\nmodel gpt = net(vocab: bpe.size, context: 8)\nstage base = pretrain(gpt, on: encode(prose, bpe), steps: 500, warmup: 50)"
  },
  {
    "code": "E0321",
    "title": "Calls of operations are nested more than 64 deep.",
    "text": "The body of an operation or a block is inserted at each call.\n\nNest fewer calls. A chain of `|>` can have any length.",
    "wrong": "data prose = read(\"a.txt\")\nop f0(docs) = docs |> dedup(exact)\nop f1(docs) = f0(docs)\nop f2(docs) = f1(docs)\nop f3(docs) = f2(docs)\n…\nop f70(docs) = f69(docs)\ndata k = f70(prose)",
    "right": "data prose = read(\"a.txt\")\nop f0(docs) = docs |> dedup(exact)\ndata k = f0(prose)"
  },
  {
    "code": "E0322",
    "title": "The program takes more than 211,480 steps to evaluate.",
    "text": "The body of an operation is evaluated at each call. The limit grows with the length of the program.\n\nLook for operations that call others several times, and these again: each level doubles the work.",
    "wrong": "op f1(x) = x + 1\nop f2(x) = f1(x) + f1(x)\nop f3(x) = f2(x) + f2(x)\nop f4(x) = f3(x) + f3(x)\nop f5(x) = f4(x) + f4(x)\n…\nlet size = f20(1)\ndata d = read(\"part-{size}.txt\")",
    "right": "op f1(x) = x + 1\nop f2(x) = f1(2 * x)\nop f3(x) = f2(2 * x)\nop f4(x) = f3(2 * x)\nop f5(x) = f4(2 * x)\n…\nlet size = f20(1)\ndata d = read(\"part-{size}.txt\")"
  },
  {
    "code": "E0323",
    "title": "The program has more than 30,000 stages.",
    "text": "The body of an operation is inserted at each call, and a `for` makes its stages once for each choice of its values.\n\nLook for operations that call others several times, and these again, or for a `for` with many values.",
    "wrong": "data prose = read(\"a.txt\")\nop f0(docs) = concat(docs, docs)\nop f1(docs) = concat(f0(docs), f0(docs))\nop f2(docs) = concat(f1(docs), f1(docs))\nop f3(docs) = concat(f2(docs), f2(docs))\n…\nop f20(docs) = concat(f19(docs), f19(docs))\ndata k = f20(prose)",
    "right": "data prose = read(\"a.txt\")\nop f0(docs) = concat(docs, docs)\ndata k = f0(prose)"
  },
  {
    "code": "E0324",
    "title": "This text has more than 1,000,000 characters.",
    "text": "A text is a path, a name or a template.\n\nLook for texts that name others several times, and these again: each level doubles the length.",
    "wrong": "let t0 = \"12345678\"\nlet t1 = \"{t0}{t0}\"\nlet t2 = \"{t1}{t1}\"\nlet t3 = \"{t2}{t2}\"\nlet t4 = \"{t3}{t3}\"\n…\nlet t20 = \"{t19}{t19}\"\ndata k = read(t20)",
    "right": "let t0 = \"12345678\"\ndata k = read(t0)"
  },
  {
    "code": "E0325",
    "title": "This list has more than 200,000 values, those of lists inside it included.",
    "text": "Every stage that takes a list records all of it.\n\nLook for lists that hold others several times, and these again: each level doubles the number.",
    "wrong": "let t0 = [\"a.txt\"]\nlet t1 = [t0, t0]\nlet t2 = [t1, t1]\nlet t3 = [t2, t2]\nlet t4 = [t3, t3]\n…\nlet t20 = [t19, t19]\ndata k = read(t20)",
    "right": "let t0 = [\"a.txt\"]\ndata k = read(t0)"
  },
  {
    "code": "W0326",
    "title": "`//` begins a comment, so nothing is divided here.",
    "text": "`7 // 2` is 7, with a comment behind it.\n\nDivision is `/`. A comment that is a number and nothing else can have a word added.",
    "wrong": "let a = 7 // 2\ndata k = read(\"a{a}.txt\")",
    "right": "let a = 7 / 2\ndata k = read(\"a{a}.txt\")"
  },
  {
    "code": "W0327",
    "title": "The `$` before this hole is part of the text.",
    "text": "Shells and JavaScript write a hole with a dollar sign before it; here the braces alone are the hole.\n\nRemove the `$`: the braces alone are the hole. For a dollar sign, write it by its number 24: `\\u{…}`.",
    "wrong": "let a = 7\ndata k = read(\"part-${a}.txt\")",
    "right": "let a = 7\ndata k = read(\"part-{a}.txt\")"
  },
  {
    "code": "E0650",
    "title": "The engine `onnx` does not train in bfloat16.",
    "text": "Every engine trains in float32. In bfloat16, products and the numbers between them have 16 bits, which halves their memory and is several times as fast on GPUs made for it; weights, norms, softmax and losses stay float32. The precision is part of the key, because it changes the result.",
    "wrong": "use std.models { llama }\ndata prose = read(\"prose.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 512)\nmodel tiny = llama(vocab: bpe.size, context: 128, dim: 64, layers: 2, heads: 2)\nstage base = pretrain(tiny, on: prose |> encode(bpe)) { steps: 500, engine: onnx, precision: bfloat16 }",
    "right": "use std.models { llama }\ndata prose = read(\"prose.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 512)\nmodel tiny = llama(vocab: bpe.size, context: 128, dim: 64, layers: 2, heads: 2)\nstage base = pretrain(tiny, on: prose |> encode(bpe)) { steps: 500, engine: torch, precision: bfloat16 }"
  },
  {
    "code": "E0660",
    "title": "This pattern looks ahead or behind.",
    "text": "A pattern that looks ahead or refers back can take years on some texts, and one document must not stop a run of weeks.\n\nPatterns are those of RE2, which take time in proportion to the text: no `(?=…)`, no `(?<=…)` and no `\\1`. Combine two conditions instead: `matches(text, r\"a\") and not matches(text, r\"b\")`.",
    "wrong": "data k = read(\"a.txt\") |> keep(where: matches(text, r\"a(?!b)\"))",
    "right": "data k = read(\"a.txt\") |> keep(where: matches(text, r\"a[^b]\"))"
  },
  {
    "code": "E0661",
    "title": "`default` takes a field and a value: `default(meta.score, 0)`.",
    "text": "The functions of conditions are `has(field)`, `default(field, value)`, `number(field)`, `matches(text, pattern)` and `count(text, pattern)`; `in list(\"file.txt\")` looks a text up in a file.",
    "wrong": "data k = read(\"a.txt\") |> keep(where: default(meta.score) > 0.5)",
    "right": "data k = read(\"a.txt\") |> keep(where: default(meta.score, 0) > 0.5)"
  },
  {
    "code": "E0680",
    "title": "The shares of this mixture add up to 110%, not to 100%.",
    "text": "A share is the part of the tokens that come from a source. Shares are never scaled in silence, because a mistyped number would change the whole mixture.",
    "wrong": "data prose = read(\"web/*.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\ndata web = prose |> encode(bpe)\ndata code = read(\"code/*.txt\") |> encode(bpe)\ndata books = read(\"books/*.txt\") |> encode(bpe)\nmodel tiny(vocab) { tokens }\nstage base = pretrain(tiny(bpe.size), on: mix(web: 80%, code: 20%, books: 10%), steps: 500)",
    "right": "data prose = read(\"web/*.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\ndata web = prose |> encode(bpe)\ndata code = read(\"code/*.txt\") |> encode(bpe)\ndata books = read(\"books/*.txt\") |> encode(bpe)\nmodel tiny(vocab) { tokens }\nstage base = pretrain(tiny(bpe.size), on: mix(web: 70%, code: 20%, books: 10%), steps: 500)"
  },
  {
    "code": "E0681",
    "title": "Each item of this list has to be a mixture with its beginning.",
    "text": "A list of mixtures is a schedule: each mixture holds from its `from` on, until that of the next.\n\nA single corpus is a mixture too: `[mix(web: 100%), mix(web: 60%, books: 40%, from: 80%)]`.",
    "wrong": "data prose = read(\"web/*.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\ndata web = prose |> encode(bpe)\ndata code = read(\"code/*.txt\") |> encode(bpe)\ndata books = read(\"books/*.txt\") |> encode(bpe)\nmodel tiny(vocab) { tokens }\nstage base = pretrain(tiny(bpe.size), on: [web, mix(web: 60%, books: 40%, from: 80%)], steps: 500)",
    "right": "data prose = read(\"web/*.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\ndata web = prose |> encode(bpe)\ndata code = read(\"code/*.txt\") |> encode(bpe)\ndata books = read(\"books/*.txt\") |> encode(bpe)\nmodel tiny(vocab) { tokens }\nstage base = pretrain(tiny(bpe.size), on: [mix(web: 100%), mix(web: 60%, books: 40%, from: 80%)], steps: 500)"
  },
  {
    "code": "E0682",
    "title": "Training `base` would learn `books` 12 times, and `max_epochs` is 4.",
    "text": "An epoch of a source is one pass over its tokens. `check` knows the epochs once the source is encoded; the training itself checks them before its first step.\n\nGive these sources a smaller share, train for fewer steps, or raise `max_epochs`.",
    "wrong": "use std.models { llama }\n// books has 40,000 tokens.\ndata prose = read(\"web/*.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 512)\ndata web = prose |> encode(bpe)\ndata books = read(\"books/*.txt\") |> encode(bpe)\nmodel tiny = llama(vocab: bpe.size, context: 128, dim: 64, layers: 2, heads: 2)\nstage base = pretrain(tiny, on: mix(web: 77%, books: 23%)) {\n  steps:      1_000\n  batch:      16\n  max_epochs: 4\n}",
    "right": "use std.models { llama }\n// books has 40,000 tokens.\ndata prose = read(\"web/*.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 512)\ndata web = prose |> encode(bpe)\ndata books = read(\"books/*.txt\") |> encode(bpe)\nmodel tiny = llama(vocab: bpe.size, context: 128, dim: 64, layers: 2, heads: 2)\nstage base = pretrain(tiny, on: mix(web: 95%, books: 5%)) {\n  steps:      1_000\n  batch:      16\n  max_epochs: 4\n}"
  },
  {
    "code": "W0683",
    "title": "Training `base` would learn `books` 12 times.",
    "text": "Up to about four passes over the same tokens teach nearly as much as new tokens; after that they teach less and less (Muennighoff et al. 2023).\n\nGive these sources a smaller share, or allow the repetitions: `max_epochs: 20`.",
    "wrong": "use std.models { llama }\n// books has 40,000 tokens.\ndata prose = read(\"web/*.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 512)\ndata web = prose |> encode(bpe)\ndata books = read(\"books/*.txt\") |> encode(bpe)\nmodel tiny = llama(vocab: bpe.size, context: 128, dim: 64, layers: 2, heads: 2)\nstage base = pretrain(tiny, on: mix(web: 77%, books: 23%)) {\n  steps:      1_000\n  batch:      16\n}",
    "right": "use std.models { llama }\n// books has 40,000 tokens.\ndata prose = read(\"web/*.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 512)\ndata web = prose |> encode(bpe)\ndata books = read(\"books/*.txt\") |> encode(bpe)\nmodel tiny = llama(vocab: bpe.size, context: 128, dim: 64, layers: 2, heads: 2)\nstage base = pretrain(tiny, on: mix(web: 77%, books: 23%)) {\n  steps:      1_000\n  batch:      16\n  max_epochs: 20\n}"
  }
]
