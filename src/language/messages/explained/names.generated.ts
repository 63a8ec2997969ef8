/** Made by scripts/messages.mjs from names.md and the cases of the tests. */

import type { Explanation } from '../explanation.ts'

export const names: readonly Explanation[] = [
  {
    "code": "E0201",
    "title": "Nothing is called `docs/a.txt` here.",
    "text": "The name is neither declared in this file, nor imported, nor a parameter.",
    "wrong": "data k = read(docs/a.txt)",
    "right": "data k = read(\"docs/a.txt\")"
  },
  {
    "code": "E0202",
    "title": "There is no operation `range`.",
    "text": "A call names a stage kind, a filter, an operation (`op`) or an architecture. The last three are declared or imported.",
    "wrong": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\nfor n in range(3) {\n  stage base = pretrain(net(bpe.size), on: prose |> encode(bpe), steps: n)\n}",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\nfor n in 1..3 {\n  stage base = pretrain(net(bpe.size), on: prose |> encode(bpe), steps: n)\n}"
  },
  {
    "code": "E0203",
    "title": "`prose` is declared twice.",
    "text": "A name has one meaning in the whole file.\n\nRename one of them; an import can be renamed with `as`.",
    "wrong": "data prose = read(\"a.txt\")\ndata prose = read(\"b.txt\")",
    "right": "data prose = read(\"a.txt\")\ndata more = read(\"b.txt\")"
  },
  {
    "code": "E0204",
    "title": "`words` is a metric of documents where it is used, so a binding cannot have this name.",
    "text": "The meaning of a bare word depends on its place: in a setting with fixed choices it is one of them, in a condition over documents it is a metric. A binding of that name could not be used there.\n\nRename it.",
    "wrong": "let words = 5\ndata prose = read(\"a.txt\") |> keep(where: words > 2)",
    "right": "let least = 5\ndata prose = read(\"a.txt\") |> keep(where: words > least)"
  },
  {
    "code": "E0205",
    "title": "`prose` is data and cannot be called.",
    "text": "Only stage kinds, filters, operations and architectures can be called.",
    "wrong": "data prose = read(\"a.txt\")\ndata more = prose(3)",
    "right": "data prose = read(\"a.txt\")\ndata more = prose |> keep(where: words > 3)"
  },
  {
    "code": "E0206",
    "title": "The program has no parameter `step`.",
    "text": "`-p name=value` sets a parameter that the program declares with `param`.",
    "wrong": "// llmpipe check FILE -p step=5\nparam steps = 10\ndata k = read(\"a{steps}.txt\")",
    "right": "// llmpipe check FILE -p steps=5\nparam steps = 10\ndata k = read(\"a{steps}.txt\")"
  },
  {
    "code": "E0207",
    "title": "The value given for `steps`, `many`, is not a value.",
    "text": "A value on the command line is written as in the file: `-p steps=50`, `-p share=10%`. Groups of values, such as an optimizer, cannot be given.\n\nGive a value of the same kind as its default, as you would write it in the file.",
    "wrong": "// llmpipe check FILE -p steps=many\nparam steps = 10\ndata k = read(\"a{steps}.txt\")",
    "right": "// llmpipe check FILE -p steps=5\nparam steps = 10\ndata k = read(\"a{steps}.txt\")"
  },
  {
    "code": "E0208",
    "title": "There is no `length` of a tokenizer (Tokenizer).",
    "text": "A tokenizer has a `size`; a stage has metrics, which `expect` can read.",
    "wrong": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\nmodel n = net(bpe.length)",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\nmodel n = net(bpe.size)"
  },
  {
    "code": "E0209",
    "title": "`a` is defined by itself: `a` → `b` → `a`.",
    "text": "A stage cannot wait for its own output, and a value cannot be computed from itself.\n\nBreak the circle: one of them has to do without the others.",
    "wrong": "data a = b |> dedup(exact)\ndata b = a |> dedup(exact)",
    "right": "data a = read(\"a.txt\") |> dedup(exact)\ndata b = a |> dedup(exact)"
  },
  {
    "code": "E0210",
    "title": "There is no document metric `null`.",
    "text": "A condition over documents can use metrics, literals, and values declared with `let` or `param`.",
    "wrong": "data k = read(\"a.jsonl\") |> keep(where: lang != null)",
    "right": "data k = read(\"a.jsonl\") |> keep(where: has(lang))"
  },
  {
    "code": "E0211",
    "title": "`tidy` is an operation, not a value.",
    "text": "An operation has a value only if it is called, with parentheses.",
    "wrong": "use std.clean { tidy }\ndata prose = tidy",
    "right": "use std.clean { tidy }\ndata prose = tidy(read(\"a.txt\"))"
  },
  {
    "code": "W0212",
    "title": "`least` is never used.",
    "text": "Nothing in the file reads it. Data, tokenizers and stages are results in themselves and never count as unused.\n\nRemove it.",
    "wrong": "let least = 5\ndata prose = read(\"a.txt\")",
    "right": "let least = 5\ndata prose = read(\"a.txt\") |> keep(where: words > least)"
  },
  {
    "code": "E0213",
    "title": "`pages` is not declared here, because the condition of its `if` does not hold.",
    "text": "The declarations in an `if` are made only if its condition holds. A name can be declared in both branches.\n\nUse it inside the `if`, or declare it in an `else` too.",
    "wrong": "param small = false\nif small { data pages = read(\"a.txt\") }\ndata k = pages |> dedup(exact)",
    "right": "param small = false\nif small { data pages = read(\"a.txt\") } else { data pages = read(\"b.txt\") }\ndata k = pages |> dedup(exact)"
  }
]
