/** Made by scripts/messages.mjs from syntax.md and the cases of the tests. */

import type { Explanation } from '../explanation.ts'

export const syntax: readonly Explanation[] = [
  {
    "code": "E0101",
    "title": "`'` is not part of the language.",
    "text": "No token begins with this character. Names are made of Latin letters, digits and `_`; comments begin with `//`; text stands between double quotes.\n\nRemove it; text goes between double quotes.",
    "wrong": "data k = read('a.txt')",
    "right": "data k = read(\"a.txt\")"
  },
  {
    "code": "E0102",
    "title": "This string has no closing quote.",
    "text": "A string ends on the line it begins on. A quote inside a string is written `\\\"`.\n\nClose it with `\"` on the same line; a line break inside is written `\\n`.",
    "wrong": "use std.clean { tidy }\ndata prose = read(\"a.txt) |> tidy()\ndata k = prose |> tidy()",
    "right": "use std.clean { tidy }\ndata prose = read(\"a.txt\") |> tidy()\ndata k = prose |> tidy()"
  },
  {
    "code": "E0103",
    "title": "Nothing closes this hole.",
    "text": "`{` in a string begins a hole, which a `}` on the same line ends.\n\nClose it with `}`, or write `\\{` for a brace that is meant as text.",
    "wrong": "data prose = read(\"a.txt\")\ndata k = prose |> label(\"Define {word.\")",
    "right": "data prose = read(\"a.txt\")\ndata k = prose |> label(\"Define {word}.\")"
  },
  {
    "code": "E0104",
    "title": "This hole names nothing.",
    "text": "A hole `{name}` stands for the value of a name; in a template, for a field of the document.\n\nName a field or a value, or write `\\{\\}` for braces that are meant as text.",
    "wrong": "data prose = read(\"a.txt\")\ndata k = prose |> label(\"Define {}.\")",
    "right": "data prose = read(\"a.txt\")\ndata k = prose |> label(\"Define {word}.\")"
  },
  {
    "code": "E0105",
    "title": "`\\p` is not an escape.",
    "text": "Write regular expressions and Windows paths as raw strings.\n\nEscapes are \\n, \\t, \\r, \\\", \\\\, \\{, \\} and \\u{…}; in a raw string, r\"…\", a backslash stands for itself.",
    "wrong": "data prose = read(\"data\\prose.txt\")",
    "right": "data prose = read(\"data/prose.txt\")"
  },
  {
    "code": "E0106",
    "title": "`K` is not a known suffix of a number.",
    "text": "A suffix touches its number and says what it measures: `10%`, `20M`, `64KiB`, `30min`.\n\nSuffixes are % (fraction), k M B T (counts), KiB MiB GiB (bytes) and ms s min h d (time).",
    "wrong": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\nstage base = pretrain(net(bpe.size), on: prose |> encode(bpe), steps: 10K)",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\nstage base = pretrain(net(bpe.size), on: prose |> encode(bpe), steps: 10k)"
  },
  {
    "code": "E0107",
    "title": "A decimal has a digit on each side of its point.",
    "text": "`1.` and `.5` are hard to tell from a range (`1..5`) and a member (`a.b`), so both sides of the point have a digit.",
    "wrong": "data prose = read(\"a.txt\") |> dedup(minhash, threshold: .5)",
    "right": "data prose = read(\"a.txt\") |> dedup(minhash, threshold: 0.5)"
  },
  {
    "code": "E0108",
    "title": "Expected `)`, found `data`.",
    "text": "The parser cannot continue here. If a bracket was never closed, the message points at that bracket too.",
    "wrong": "use std.clean { tidy }\ndata prose = read(\"a.txt\" |> tidy()\ndata k = prose |> tidy()",
    "right": "use std.clean { tidy }\ndata prose = read(\"a.txt\") |> tidy()\ndata k = prose |> tidy()"
  },
  {
    "code": "E0109",
    "title": "Expected a declaration, found `)`.",
    "text": "Every line of a file belongs to a declaration, and a declaration begins with its keyword. The `(` of a call and the `{` of its block are on the same line as the word before them.\n\nA declaration begins with use, param, let, data, tokenizer, model, stage, filter, op, block, expect, export or for.",
    "wrong": "data prose = read(\"a.txt\"))",
    "right": "data prose = read(\"a.txt\")"
  },
  {
    "code": "E0110",
    "title": "`data` is a word of the language and cannot be a name.",
    "text": "Keywords can be the names of settings (`model: …`), but not of bindings.\n\nChoose another name.",
    "wrong": "data data = read(\"a.txt\")",
    "right": "data prose = read(\"a.txt\")"
  },
  {
    "code": "E0111",
    "title": "A comma is missing here.",
    "text": "Commas separate positional arguments and the items of a list. Between named entries a line break is enough.\n\nSeparate them with a comma; only named entries may be separated by a line break alone.",
    "wrong": "data prose = read(\"a.txt\" split: lines)",
    "right": "data prose = read(\"a.txt\", split: lines)"
  },
  {
    "code": "E0112",
    "title": "`vocab` has no value.",
    "text": "An entry is a name, a colon and a value.",
    "wrong": "tokenizer bpe = train_bpe(read(\"a.txt\")) {\n  vocab:\n}",
    "right": "tokenizer bpe = train_bpe(read(\"a.txt\")) {\n  vocab: 300\n}"
  },
  {
    "code": "E0113",
    "title": "An entry of a block needs a name.",
    "text": "The block after a call holds more named arguments, one on each line.\n\nWrite `name: value`, or put it between the parentheses.",
    "wrong": "tokenizer bpe = train_bpe(read(\"a.txt\")) {\n  vocab: 300\n  gpt2\n}",
    "right": "tokenizer bpe = train_bpe(read(\"a.txt\")) {\n  vocab: 300\n  pattern: gpt2\n}"
  },
  {
    "code": "E0114",
    "title": "Comparisons and ranges do not chain.",
    "text": "`1 < x < 5` would compare a truth value with 5.\n\nJoin two comparisons with `and`, or write a range: `x in 1..5`.",
    "wrong": "data prose = read(\"a.txt\")\ndata k = prose |> keep(where: 5 < words < 9)",
    "right": "data prose = read(\"a.txt\")\ndata k = prose |> keep(where: words in 6..8)"
  },
  {
    "code": "E0115",
    "title": "The right side of a pipe must be a call.",
    "text": "`a |> f(x)` is `f(a, x)`. The call after `|>` has parentheses even if it takes no other argument.\n\nWrite the call with its parentheses: `|> f(…)`.",
    "wrong": "data prose = read(\"a.txt\")\ndata k = prose |> keep words > 3",
    "right": "data prose = read(\"a.txt\")\ndata k = prose |> keep(words > 3)"
  },
  {
    "code": "E0116",
    "title": "The file is not UTF-8 text from here on.",
    "text": "A program is UTF-8. In another encoding, such as Latin-1, letters outside of ASCII would be read as other letters, and a path would name another file.\n\nSave the file as UTF-8. If the sign U+FFFD itself is meant, write it by its number, `\\u{…}`, in a text.",
    "wrong": "data k = read(\"�ber.txt\")",
    "right": "data k = read(\"über.txt\")"
  },
  {
    "code": "E0117",
    "title": "This is nested too deeply, or too long a chain: more than 64.",
    "text": "Expressions are nested at most 64 deep. An expression has at most 1,000 operators, an `if` at most 200 `else if`. A chain of `|>` has no limit.\n\nBind a part of it to a name, with `let` or `op`, and use the name.",
    "wrong": "let a = (((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((( … ))))))))))))))))))))",
    "right": "let a = 1\ndata k = read(\"a{a}.txt\")"
  },
  {
    "code": "E0118",
    "title": "The file is longer than 8,388,608 characters.",
    "text": "llmpipe does not read a file of this length: it was generated, or it is not a program.\n\nA program names data and does not hold it: read it from files.",
    "wrong": "let story = \"Call me Ishmael. Some years ago, never mind how long precisely, having little money …\"\ndata prose = read(story)",
    "right": "data prose = read(\"moby-dick.txt\")"
  },
  {
    "code": "E0119",
    "title": "The file has more than 100 errors; the rest of it is not read.",
    "text": "A file with this many errors is most likely not a program.\n\nCorrect the first errors: others may follow from them. Is this a program of llmpipe?",
    "wrong": "import torch\nclass Trainer:\n    def __init__(self, steps):\n        self.steps = steps",
    "right": "data prose = read(\"prose.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 512)"
  },
  {
    "code": "E0120",
    "title": "`-- a comment` is not a sign of the language.",
    "text": "Signs are `+ - * / ^`, `== != < <= > >=`, `..`, `|>` and the words `and`, `or`, `not` and `in`.",
    "wrong": "-- a comment\ndata k = read(\"a.txt\")",
    "right": "// a comment\ndata k = read(\"a.txt\")"
  },
  {
    "code": "E0121",
    "title": "`while` is not a word of the language.",
    "text": "A program is a list of declarations, each with its keyword. It says what is made from what, not in which order.",
    "wrong": "while true {\n}",
    "right": "data k = read(\"a.txt\")"
  },
  {
    "code": "E0122",
    "title": "A setting is given with `:`, not with `=`.",
    "text": "`=` binds the name of a declaration. Between the parentheses of a call and in its block a name and its value are separated by a colon.",
    "wrong": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\nstage base = pretrain(net(bpe.size), on: prose |> encode(bpe)) { steps = 10 }",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\nstage base = pretrain(net(bpe.size), on: prose |> encode(bpe)) { steps: 10 }"
  },
  {
    "code": "E0123",
    "title": "Two values are compared with `==`, not with `=`.",
    "text": "`=` binds the name of a declaration; it cannot stand in an expression.",
    "wrong": "data prose = read(\"a.txt\")\ndata k = prose |> keep(where: words = 8)",
    "right": "data prose = read(\"a.txt\")\ndata k = prose |> keep(where: words == 8)"
  },
  {
    "code": "E0124",
    "title": "A declaration binds its name with `=`.",
    "text": "Between the name of a declaration and its value stands `=`.",
    "wrong": "param x := 3\ndata k = read(\"a{x}.txt\")",
    "right": "param x = 3\ndata k = read(\"a{x}.txt\")"
  },
  {
    "code": "E0125",
    "title": "A declaration begins with the keyword for what it binds.",
    "text": "`param` and `let` bind values; `data` binds documents and everything made from them; `tokenizer`, `model` and `stage` bind a tokenizer, an architecture with its sizes, and trained weights or a report.",
    "wrong": "read(\"a.txt\") |> dedup(exact)",
    "right": "data prose = read(\"a.txt\") |> dedup(exact)"
  },
  {
    "code": "E0126",
    "title": "An import names a module and, in braces, the names to import.",
    "text": "`use std.models { llama }` imports from a standard module, `use \"./shared.llmpipe\" { words as long_words }` from a file of yours.",
    "wrong": "import std.clean\ndata k = read(\"a.txt\") |> tidy()",
    "right": "use std.clean { tidy }\ndata k = read(\"a.txt\") |> tidy()"
  },
  {
    "code": "E0127",
    "title": "Values have no methods: `.split(…)` calls nothing.",
    "text": "An operation takes a value as its first argument, and `|>` passes it: `prose |> split(98%, 2%)`.",
    "wrong": "data prose = read(\"a.txt\")\ndata train, held_out = prose.split(98%, 2%)",
    "right": "data prose = read(\"a.txt\")\ndata train, held_out = prose |> split(98%, 2%)"
  },
  {
    "code": "E0128",
    "title": "The block of a call begins on the line of the call.",
    "text": "A line break ends a call, so a `{` below it does not belong to the call.",
    "wrong": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\nstage base = pretrain(net(bpe.size), on: prose |> encode(bpe))\n{\n  steps: 10\n}",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\nstage base = pretrain(net(bpe.size), on: prose |> encode(bpe)) {\n  steps: 10\n}"
  },
  {
    "code": "E0129",
    "title": "`2x` cannot be a name.",
    "text": "A name is one word of Latin letters, digits and `_`, and does not begin with a digit.",
    "wrong": "param 2x = 3",
    "right": "param _2x = 3\ndata k = read(\"a{_2x}.txt\")"
  },
  {
    "code": "E0130",
    "title": "There is an invisible character, U+200B, here.",
    "text": "Spaces, tabs and line breaks separate words; other invisible characters most often come with text that was copied from a page.",
    "wrong": "param a​b = 3",
    "right": "param ab = 3\ndata k = read(\"a{ab}.txt\")"
  },
  {
    "code": "E0131",
    "title": "A merge conflict was left here.",
    "text": "Git marks the places where two changes conflict, and leaves the choice to you.",
    "wrong": "<<<<<<< HEAD\nparam a = 3\n=======\nparam a = 4\n>>>>>>> other\ndata k = read(\"a{a}.txt\")",
    "right": "param a = 4\ndata k = read(\"a{a}.txt\")"
  },
  {
    "code": "E0132",
    "title": "Text stands between double quotes, on one line.",
    "text": "`\"…\"` is a text, with holes between braces and escapes; `r\"…\"` is a text without either.",
    "wrong": "data k = read(`a.txt`)",
    "right": "data k = read(\"a.txt\")"
  },
  {
    "code": "E0133",
    "title": "A value in braces means nothing here.",
    "text": "The language has neither dictionaries nor sets: settings are named arguments, and a group of settings is a call.",
    "wrong": "data k = read(\"a.txt\") |> keep(where: {my field} > 3)",
    "right": "data k = read(\"a.txt\") |> keep(where: words > 3)"
  },
  {
    "code": "E0134",
    "title": "This is not the form of an `if`.",
    "text": "`if` chooses one of two values: `if condition { value } else { other }`.",
    "wrong": "param big = true\nif big:\n  data k = read(\"a.txt\")",
    "right": "param big = true\nif big {\n  data k = read(\"a.txt\")\n}"
  },
  {
    "code": "E0135",
    "title": "A block stands between braces.",
    "text": "Indentation means nothing; the bodies of `for`, `repeat`, `filter`, `block` and `model` stand between `{` and `}`.",
    "wrong": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\nstage base = pretrain(net(bpe.size), on: prose |> encode(bpe)):\n  steps: 10",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)\nmodel net(vocab, context = 8) { tokens }\nstage base = pretrain(net(bpe.size), on: prose |> encode(bpe)) {\n  steps: 10\n}"
  },
  {
    "code": "E0136",
    "title": "This is not the form of a list.",
    "text": "A list is `[a, b, c]`, and in a `for` also `1..3`.",
    "wrong": "- prose\n- bpe",
    "right": "data k = read([\"a.txt\", \"b.txt\"])"
  },
  {
    "code": "E0137",
    "title": "A hole of a text holds one value.",
    "text": "`{` in a text begins a hole: the name of a value, or an expression.",
    "wrong": "data k = read(\"d/{a,b}.txt\")",
    "right": "data k = read([\"d/a.txt\", \"d/b.txt\"])"
  },
  {
    "code": "E0138",
    "title": "`10 %` is not how a number is written.",
    "text": "Digits may be grouped by `_`; a suffix touches its number: `2_048`, `10%`, `20M`, `64KiB`, `30min`.",
    "wrong": "param x = 10 %\ndata k = read(\"a{x}.txt\")",
    "right": "param x = 10%\ndata k = read(\"a{x}.txt\")"
  },
  {
    "code": "E0139",
    "title": "A call has parentheses.",
    "text": "The arguments of a call stand in parentheses, separated by commas: `pretrain(gpt, on: tokens)`.",
    "wrong": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe prose, vocab: 300",
    "right": "data prose = read(\"a.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 300)"
  }
]
