/** Made by scripts/messages.mjs: every code with its explanation, for `llmpipe explain`. */

export interface Explanation {
  readonly code: string
  readonly title: string
  readonly text: string
  /** A program with the error, and the same program as it is right. */
  readonly wrong?: string
  readonly right?: string
}

export const explanations: readonly Explanation[] = [
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
    "wrong": "param y = if true then 5 else 6\ndata k = read(\"a{y}.txt\")",
    "right": "param y = if true { 5 } else { 6 }\ndata k = read(\"a{y}.txt\")"
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
  },
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
    "title": "There is no document metric `score`.",
    "text": "A condition over documents can use metrics, literals, and values declared with `let` or `param`.",
    "wrong": "data k = read(\"a.txt\") |> keep(where: score > 3)",
    "right": "data k = read(\"a.txt\") |> keep(where: words > 3)"
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
    "text": "A condition or a score is an expression over metrics of a document, such as `words` or `alpha_ratio`, and values declared with `let` or `param`. It does not see the fields of a document, and calls nothing.",
    "wrong": "data k = read(\"a.txt\") |> keep(where: len(text) > 3)",
    "right": "data k = read(\"a.txt\") |> keep(where: words > 3)"
  },
  {
    "code": "E0311",
    "title": "`+` cannot take a text and a text.",
    "text": "The two sides do not go together.",
    "wrong": "let n = \"a\"\ndata k = read(n + \".txt\")",
    "right": "let n = \"a\"\ndata k = read(\"{n}.txt\")"
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
    "wrong": "data prose = read(\"prose/*.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 512)\nmodel net(vocab, context) {\n  linear(tokens, vocab)\n}\nmodel gpt = net(vocab: bpe.size, context: 8)\nstage base = pretrain(gpt, on: encode(prose, bpe), steps: 500)\nstage score = evaluate([base])\nexpect score.loss < 4.5",
    "right": "data prose = read(\"prose/*.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 512)\nmodel net(vocab, context) {\n  linear(tokens, vocab)\n}\nmodel gpt = net(vocab: bpe.size, context: 8)\nstage base = pretrain(gpt, on: encode(prose, bpe), steps: 500)\nstage score = evaluate([base])\nexpect score.loss[base] < 4.5"
  },
  {
    "code": "W0416",
    "title": "No file matches \"prosa.txt\" in the folder of the program.",
    "text": "A run fails at this stage unless the files exist by then. The program may create them itself, with `export` or `shell`.",
    "wrong": "// The folder has prose.txt.\ndata prose = read(\"prosa.txt\")",
    "right": "// The folder has prose.txt.\ndata prose = read(\"prose.txt\")"
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
    "code": "E0417",
    "title": "No class of transformers computes the same as `mine`.",
    "text": "`as hf` writes weights for the class of `transformers` that computes the same. The graphs are compared: there is no class for an\narchitecture that was copied from std.models and changed.",
    "wrong": "model mine(vocab, context) {\n  x = embedding(tokens, vocab, 64)\n  linear(silu(linear(x, 64)), vocab)\n}\ndata prose = read(\"prose.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 512)\nmodel tiny = mine(vocab: bpe.size, context: 128)\nstage base = pretrain(tiny, on: prose |> encode(bpe), steps: 500)\nexport base to \"out/base\" as hf",
    "right": "use std.models { llama }\ndata prose = read(\"prose.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 512)\nmodel tiny = llama(vocab: bpe.size, context: 128, dim: 64, layers: 2, heads: 2)\nstage base = pretrain(tiny, on: prose |> encode(bpe), steps: 500)\nexport base to \"out/base\" as hf"
  },
  {
    "code": "E0620",
    "title": "`tuned` has no low-rank adapter beside it, and `as peft` writes only that.",
    "text": "PEFT loads an adapter beside the model that it was learned on. Only `sft` with `lora: lora(merge: false)` keeps its adapter; by default it is added to the weights.\n\nKeep the adapter: `sft(…, lora: lora(merge: false))`. Or export the whole model: `as hf`.",
    "wrong": "stage base = weights(\"gpt2\")\ndata pairs = read(\"chats.jsonl\") |> conversations()\nstage tuned = sft(base, on: pairs, lora: lora(rank: 8))\nexport tuned to \"out/adapter\" as peft",
    "right": "stage base = weights(\"gpt2\")\ndata pairs = read(\"chats.jsonl\") |> conversations()\nstage tuned = sft(base, on: pairs, lora: lora(rank: 8, merge: false))\nexport tuned to \"out/adapter\" as peft"
  },
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
    "code": "E0520",
    "title": "The logits of `net` at a position depend on later tokens: this attention mixes all positions.",
    "text": "A language model learns to predict the next token. A model that sees that token copies it: its loss is small, but it\ncannot write text, because the next token does not exist yet while it writes.",
    "wrong": "model net(vocab, context) {\n  x = embedding(tokens, vocab, 8)\n  q = split_heads(linear(x, 8), 2)\n  k = split_heads(linear(x, 8), 2)\n  v = split_heads(linear(x, 8), 2)\n  y = scaled_dot_product(q, k, v, causal: false)\n  linear(merge_heads(y), vocab)\n}\nmodel tiny = net(vocab: 65, context: 8)",
    "right": "model net(vocab, context) {\n  x = embedding(tokens, vocab, 8)\n  q = split_heads(linear(x, 8), 2)\n  k = split_heads(linear(x, 8), 2)\n  v = split_heads(linear(x, 8), 2)\n  y = scaled_dot_product(q, k, v)\n  linear(merge_heads(y), vocab)\n}\nmodel tiny = net(vocab: 65, context: 8)"
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
    "text": "The estimate counts the weights, the moments of the optimizer, and the activations that a step keeps for its gradients.\n\nMake `batch`, `context` or the model smaller; `accumulate` makes up for a smaller batch.",
    "wrong": "use std.models { llama }\ndata prose = read(\"prose.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 512)\nmodel gpt = llama(vocab: bpe.size, context: 2_048, dim: 512, layers: 8, heads: 8)\nstage base = pretrain(gpt, on: prose |> encode(bpe)) {\n  steps: 500\n  batch: 64\n}",
    "right": "use std.models { llama }\ndata prose = read(\"prose.txt\")\ntokenizer bpe = train_bpe(prose, vocab: 512)\nmodel gpt = llama(vocab: bpe.size, context: 2_048, dim: 512, layers: 8, heads: 8)\nstage base = pretrain(gpt, on: prose |> encode(bpe)) {\n  steps: 500\n  batch: 4\n  accumulate: 16\n}"
  },
  {
    "code": "E0601",
    "title": "There is no file `./nowhere.llmpipe`.",
    "text": "A path in quotes is relative to the file that imports it; `std.name` is a module that comes with llmpipe.",
    "wrong": "use \"./nowhere.llmpipe\" { words }",
    "right": "use std.clean { tidy }\ndata k = tidy(read(\"a.txt\"))"
  },
  {
    "code": "E0602",
    "title": "`std.clean` declares no `tidyy`.",
    "text": "Only names that a file declares itself can be imported from it.",
    "wrong": "use std.clean { tidyy }",
    "right": "use std.clean { tidy }\ndata k = tidy(read(\"a.txt\"))"
  },
  {
    "code": "E0603",
    "title": "The files import each other: `parts/circle.llmpipe` → `imports-in-a-circle.llmpipe` → `parts/circle.llmpipe`.",
    "text": "Files form a hierarchy, so that each can be read without the ones that use it.\n\nMove what both need into a third file.",
    "wrong": "use \"./parts/circle.llmpipe\" { a }\ndata b = a |> dedup(exact)",
    "right": "data a = read(\"a.txt\")\ndata b = a |> dedup(exact)"
  },
  {
    "code": "W0604",
    "title": "`tidy` is imported and never used.",
    "text": "Nothing in this file uses it.\n\nRemove it from the list.",
    "wrong": "use std.clean { tidy }\ndata k = read(\"a.txt\")",
    "right": "use std.clean { tidy }\ndata k = tidy(read(\"a.txt\"))"
  },
  {
    "code": "E0605",
    "title": "`./untrusted.ts` is code of this project, and this version of it is not trusted yet.",
    "text": "A file of stages is a program that can do whatever you can do. Neither `check` nor `run` executes it before you have read it and\ntrusted it. You trust this text with everything that it imports: after a change, llmpipe asks again.",
    "wrong": "use \"./untrusted.ts\" { shout }\ndata loud = read(\"words.txt\") |> shout()",
    "right": "use \"./stages.ts\" { shout }\ndata loud = read(\"words.txt\") |> shout()"
  },
  {
    "code": "E0606",
    "title": "Expected identifier but found \"=\".",
    "text": "A file of stages, or one that it imports, is not valid TypeScript or JavaScript, or imports something that is not there.",
    "wrong": "use \"./broken.ts\" { shout }\ndata loud = read(\"words.txt\") |> shout()",
    "right": "use \"./stages.ts\" { shout }\ndata loud = read(\"words.txt\") |> shout()"
  },
  {
    "code": "E0607",
    "title": "`./thrower.mjs` could not be loaded: TypeError: no (thrower.mjs:3).",
    "text": "llmpipe executes a file of stages once to learn which stages it exports. This file failed, or did not end. The work of a stage\nbelongs in its `run`; outside of that, a file only defines things.",
    "wrong": "use \"./thrower.mjs\" { shout }\ndata loud = read(\"words.txt\") |> shout()",
    "right": "use \"./stages.ts\" { shout }\ndata loud = read(\"words.txt\") |> shout()"
  },
  {
    "code": "E0608",
    "title": "`helper` of `./stages.ts` is not a stage.",
    "text": "Only stages can be imported; helpers and constants are for the file itself.\n\nStages are made by `defineStage(…)` or `defineStep(…)` of \"llmpipe\", and exported.",
    "wrong": "use \"./stages.ts\" { helper }\ndata loud = read(\"words.txt\") |> helper()",
    "right": "use \"./stages.ts\" { shout }\ndata loud = read(\"words.txt\") |> shout()"
  },
  {
    "code": "E0609",
    "title": "The stage `whisper` of `./stages.ts` has a wrong definition: it needs a field `summary`.",
    "text": "What a definition has to have is in docs/guide/custom-stages.md; an editor with the types of `llmpipe` shows the same before anything is run.",
    "wrong": "use \"./stages.ts\" { whisper }\ndata low = read(\"words.txt\") |> whisper()",
    "right": "use \"./stages.ts\" { shout }\ndata loud = read(\"words.txt\") |> shout()"
  },
  {
    "code": "E0610",
    "title": "`read` is the name of a built-in stage kind.",
    "text": "Events, records and keys name stages by their kind, so one of your own cannot have the name of one that everybody has.\n\nExport it under another name.",
    "wrong": "use \"./stages.ts\" { read }\ndata loud = read(\"words.txt\")",
    "right": "use \"./stages.ts\" { shout }\ndata loud = read(\"words.txt\") |> shout()"
  },
  {
    "code": "E0701",
    "title": "`param` cannot stand in a `for`.",
    "text": "The body of a `for` makes variants: it holds what binds values and artefacts (`let`, `data`, `tokenizer`, `model`, `stage`), `expect`, `export`, and other `for`s.",
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
    "title": "A `for` takes numbers, texts and truth values, not documents (Docs).",
    "text": "The values are a part of the names of variants: `base[lr=3e-4]`.\n\nUse the variable where it is needed: `optimizer: adamw(lr: lr)`.",
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
