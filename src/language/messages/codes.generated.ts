/** Made by scripts/messages.mjs: every code with its explanation, for `llmpipe explain`. */

export interface Explanation {
  readonly code: string
  readonly title: string
  readonly text: string
}

export const explanations: readonly Explanation[] = [
  {
    "code": "E0101",
    "title": "`{text}` is not part of the language.",
    "text": "A character stands where no token can begin. Names are made of Latin letters, digits and `_`; comments begin with `//`; text stands between double quotes.\n\nRemove it; text goes between double quotes."
  },
  {
    "code": "E0102",
    "title": "This string has no closing quote.",
    "text": "A string ends on the line it begins on. A quote inside a string is written `\\\"`.\n\nClose it with `\"` on the same line; a line break inside is written `\\n`."
  },
  {
    "code": "E0103",
    "title": "Nothing closes this hole.",
    "text": "`{` in a string begins a hole, which a `}` on the same line ends.\n\nClose it with `}`, or write `\\{` for a brace that is meant as text."
  },
  {
    "code": "E0104",
    "title": "This hole names nothing.",
    "text": "A hole `{name}` stands for the value of a name; in a template, for a field of the document.\n\nName a field or a value, or write `\\{\\}` for braces that are meant as text."
  },
  {
    "code": "E0105",
    "title": "`{escape}` is not an escape.",
    "text": "Regular expressions and paths of other systems are best written as raw strings.\n\nKnown are \\n, \\t, \\r, \\\", \\\\, \\{, \\} and \\u{…}; in a raw string, r\"…\", a backslash is itself."
  },
  {
    "code": "E0106",
    "title": "`{suffix}` is not a known suffix of a number.",
    "text": "A suffix touches its number and says what it measures: `10%`, `20M`, `64KiB`, `30min`.\n\nKnown are % (fraction), k M B T (counts), KiB MiB GiB (bytes) and ms s min h d (time)."
  },
  {
    "code": "E0107",
    "title": "A decimal has a digit on each side of its point.",
    "text": "`1.` and `.5` are hard to tell from a range (`1..5`) and a member (`a.b`), so both sides of the point have a digit."
  },
  {
    "code": "E0108",
    "title": "Expected {expected}, found {found}.",
    "text": "The text cannot be read on from here. Where a bracket was never closed, the message points at it too."
  },
  {
    "code": "E0109",
    "title": "Expected a declaration, found {found}.",
    "text": "Every line of a file belongs to a declaration, and a declaration begins with its keyword. A call's `(` and its block's `{` stand on the line of what they follow.\n\nA declaration begins with use, param, let, data, tokenizer, model, stage, filter, op, block, expect, export or for."
  },
  {
    "code": "E0110",
    "title": "`{keyword}` is a word of the language and cannot be a name.",
    "text": "Keywords can be the names of settings (`model: …`), but not of bindings.\n\nChoose another name."
  },
  {
    "code": "E0111",
    "title": "A comma is missing here.",
    "text": "Commas separate positional arguments and the items of a list. Between named entries a new line will do.\n\nSeparate them with a comma; only named entries may be separated by a line break alone."
  },
  {
    "code": "E0112",
    "title": "`{name}` has no value.",
    "text": "An entry is a name, a colon and a value."
  },
  {
    "code": "E0113",
    "title": "An entry of a block needs a name.",
    "text": "The block after a call holds the same named arguments as its parentheses, one a line.\n\nWrite `name: value`, or put it between the parentheses."
  },
  {
    "code": "E0114",
    "title": "Comparisons and ranges do not chain.",
    "text": "`1 < x < 5` would compare a truth value with 5.\n\nJoin two comparisons with `and`, or write a range: `x in 1..5`."
  },
  {
    "code": "E0115",
    "title": "A pipe leads into a call.",
    "text": "`a |> f(x)` is `f(a, x)`. What follows `|>` is a call, with its parentheses even where nothing else goes in.\n\nWrite the call with its parentheses: `|> f(…)`."
  },
  {
    "code": "E0116",
    "title": "The file is not UTF-8 text from here on.",
    "text": "A program is UTF-8. In another encoding, such as Latin-1, letters outside of ASCII would be read as other ones, and a path would name no file.\n\nSave the file as UTF-8. If the sign U+FFFD itself is meant, write it by its number, `\\u{…}`, in a text."
  },
  {
    "code": "E0117",
    "title": "This is nested too deeply, or too long a chain: more than {most}.",
    "text": "Expressions stand in each other at most 64 deep; one expression has at most 1,000 operators, and an `if` at most 200 `else if`. A chain of `|>` has no limit.\n\nBind a part of it to a name, with `let` or `op`, and use the name."
  },
  {
    "code": "E0118",
    "title": "The file is longer than {most} characters.",
    "text": "A file of this length was written by a program or is no program at all; it is not read.\n\nA program names data and does not hold it: read it from files."
  },
  {
    "code": "E0119",
    "title": "The file has more than {most} errors; from here on it is not read.",
    "text": "A file with so many errors is most likely something else.\n\nCorrect the first errors: others may follow from them. Is it a program of llmpipe?"
  },
  {
    "code": "E0120",
    "title": "`{written}` is not a sign of the language.",
    "text": "Signs are `+ - * / ^`, `== != < <= > >=`, `..`, `|>` and the words `and`, `or`, `not` and `in`."
  },
  {
    "code": "E0121",
    "title": "`{written}` is not a word of the language.",
    "text": "A program is a list of declarations, each with its keyword. It says what is made of what, not in which steps."
  },
  {
    "code": "E0122",
    "title": "A setting is given with `:`, not with `=`.",
    "text": "`=` binds the name of a declaration. Between the parentheses of a call and in its block a name and its value are separated by a colon."
  },
  {
    "code": "E0123",
    "title": "Two values are compared with `==`, not with `=`.",
    "text": "`=` binds the name of a declaration; it cannot stand in an expression."
  },
  {
    "code": "E0124",
    "title": "A declaration binds its name with `=`.",
    "text": "Between the name of a declaration and its value stands `=`."
  },
  {
    "code": "E0125",
    "title": "A declaration begins with the keyword that says what it binds.",
    "text": "`param` and `let` bind values, `data` documents and what is made of them, `tokenizer`, `model` and `stage` what they say."
  },
  {
    "code": "E0126",
    "title": "An import names a module, and between braces what it takes.",
    "text": "`use std.models { llama }` takes from a module of llmpipe itself, `use \"./shared.llmpipe\" { words as long_words }` from a file of yours."
  },
  {
    "code": "E0127",
    "title": "Values have no methods: `{written}(…)` calls nothing.",
    "text": "An operation takes a value as its first argument, and `|>` hands it over: `prose |> split(98%, 2%)`."
  },
  {
    "code": "E0128",
    "title": "The block of a call begins on the line of the call.",
    "text": "A line break ends a call, so that a `{` below it belongs to nothing."
  },
  {
    "code": "E0129",
    "title": "`{written}` cannot be a name.",
    "text": "A name is one word of Latin letters, digits and `_`, and does not begin with a digit."
  },
  {
    "code": "E0130",
    "title": "There is an invisible character, {written}, here.",
    "text": "Spaces, tabs and line breaks separate words; other characters that cannot be seen are most often copied along from a page."
  },
  {
    "code": "E0131",
    "title": "A merge conflict was left here.",
    "text": "Git marks the places where two changes met, and leaves it to people to choose."
  },
  {
    "code": "E0132",
    "title": "Text stands between double quotes, on one line.",
    "text": "`\"…\"` is a text, with holes between braces and escapes; `r\"…\"` is a text without either."
  },
  {
    "code": "E0133",
    "title": "A value in braces means nothing here.",
    "text": "There are no dictionaries and no sets: settings are named arguments, and a group of settings is a call."
  },
  {
    "code": "E0134",
    "title": "This is not the form of an `if`.",
    "text": "`if` gives one of two values: `if condition { value } else { other }`."
  },
  {
    "code": "E0135",
    "title": "What belongs together stands between braces.",
    "text": "Indentation means nothing; the bodies of `for`, `repeat`, `filter`, `block` and `model` stand between `{` and `}`."
  },
  {
    "code": "E0136",
    "title": "This is not the form of a list.",
    "text": "A list is `[a, b, c]`, and in a `for` also `1..3`."
  },
  {
    "code": "E0137",
    "title": "A hole of a text holds one value.",
    "text": "`{` in a text begins a hole: the name of a value, or an expression."
  },
  {
    "code": "E0138",
    "title": "`{written}` is not how a number is written.",
    "text": "Digits may be grouped by `_`; a suffix touches its number: `2_048`, `10%`, `20M`, `64KiB`, `30min`."
  },
  {
    "code": "E0139",
    "title": "A call has parentheses.",
    "text": "What a call takes stands between parentheses, with commas between: `pretrain(gpt, on: tokens)`."
  },
  {
    "code": "E0201",
    "title": "Nothing is called `{name}` here.",
    "text": "The name is not declared in this file, not imported and not a parameter."
  },
  {
    "code": "E0202",
    "title": "There is no operation `{name}`.",
    "text": "What is called is a kind of stage, a filter, an operation (`op`) or an architecture; the last three are declared or imported."
  },
  {
    "code": "E0203",
    "title": "`{name}` is declared twice.",
    "text": "A name means one thing in the whole file.\n\nRename one of them; an import can be renamed with `as`."
  },
  {
    "code": "E0204",
    "title": "`{name}` cannot be a name of yours where it is used: there it is {what}.",
    "text": "A bare word is read by what is expected at its place: in a setting with fixed choices it is one of them, in an expression over documents it is a metric. A binding of that name could never be reached there.\n\nRename it."
  },
  {
    "code": "E0205",
    "title": "`{name}` is {what} and cannot be called.",
    "text": "Only kinds of stages, filters, operations and architectures can be called."
  },
  {
    "code": "E0206",
    "title": "The program has no parameter `{name}`.",
    "text": "`-p name=value` sets a parameter that the program declares with `param`."
  },
  {
    "code": "E0207",
    "title": "The value given for `{name}`, `{text}`, is {problem}.",
    "text": "The value of a parameter on the command line is written as in the file: `-p steps=50`, `-p share=10%`, `-p optimizer=…` is not possible.\n\nGive a value of the same kind as its default, as you would write it in the file."
  },
  {
    "code": "E0208",
    "title": "There is no `{member}` of {object}.",
    "text": "A tokenizer has a `size`; a stage has metrics, which `expect` can read."
  },
  {
    "code": "E0209",
    "title": "`{name}` is defined by itself: {chain}.",
    "text": "A stage cannot wait for its own output, and a value cannot be computed from itself.\n\nBreak the circle: one of them has to be made without the others."
  },
  {
    "code": "E0210",
    "title": "There is no document metric `{name}`.",
    "text": "An expression over documents sees the documented metrics, literals, and values declared with `let` or `param`."
  },
  {
    "code": "E0211",
    "title": "`{name}` is {what}, not a value.",
    "text": "An operation has to be called, with its parentheses, to give a value."
  },
  {
    "code": "W0212",
    "title": "`{name}` is never used.",
    "text": "Nothing in the file reads it. Data, tokenizers and stages are results in themselves and never count as unused.\n\nRemove it."
  },
  {
    "code": "E0301",
    "title": "`{callee}` has no setting `{setting}`.",
    "text": "An unknown setting is always an error, so that a misspelt one is never silently ignored."
  },
  {
    "code": "E0302",
    "title": "`{callee}` needs `{setting}`.",
    "text": "A setting without a default has to be given."
  },
  {
    "code": "E0303",
    "title": "{setting} is {expected}, not {got}.",
    "text": "The value has another type than the setting."
  },
  {
    "code": "E0304",
    "title": "{setting} is {expected}, not {got}.",
    "text": "A suffix says what a number measures, and a setting says what it takes. A bare number is a count or a fraction, never bytes or time."
  },
  {
    "code": "E0305",
    "title": "`{got}` is not a choice for `{setting}`.",
    "text": "The setting takes one of a few words, written bare."
  },
  {
    "code": "E0306",
    "title": "`{setting}` must {rule}.",
    "text": "The value has the right type but is not one the setting allows."
  },
  {
    "code": "E0307",
    "title": "`{name}` is given twice.",
    "text": "A setting is given once: by its place, by its name between the parentheses, or in the block.\n\nRemove one of the two."
  },
  {
    "code": "E0308",
    "title": "`{callee}` takes {most}, and this is one more.",
    "text": "Only some inputs and settings can be given by place; all can be given by name.\n\nGive settings by name: `name: value`."
  },
  {
    "code": "E0309",
    "title": "`{got}` is not something `{setting}` can be.",
    "text": "The setting takes a group of values, written as a call: `adamw(lr: 1e-3)`."
  },
  {
    "code": "E0310",
    "title": "An expression over documents says yes or no; this is {got}.",
    "text": "A rule or a `where:` is true of the documents to keep.\n\nCompare it with something: `words > 50`."
  },
  {
    "code": "E0311",
    "title": "{operator} cannot take {left} and {right}.",
    "text": "The two sides do not go together."
  },
  {
    "code": "E0320",
    "title": "{operator} takes {expected}, not {got}.",
    "text": "`not` turns a truth value round, `-` a number."
  },
  {
    "code": "E0312",
    "title": "Cannot compare or add {left} and {right}.",
    "text": "Two numbers that measure different things are never compared or added."
  },
  {
    "code": "E0313",
    "title": "The size of this tokenizer is known only once it is trained.",
    "text": "The size can be the vocabulary of a model, which is then fixed when the stage starts; sums, conditions and other settings need numbers that are known now."
  },
  {
    "code": "E0314",
    "title": "A condition is true or false; this is {got}.",
    "text": "`if` is decided when the file is compiled."
  },
  {
    "code": "E0315",
    "title": "This calculation has no result: {problem}.",
    "text": "Dividing by nought, or a number too large to hold."
  },
  {
    "code": "E0316",
    "title": "A hole of a string takes a number or a text, not {got}.",
    "text": "The value is set into the string, so it has to be something one can write."
  },
  {
    "code": "E0317",
    "title": "`{callee}` needs `{name}`.",
    "text": "A parameter without a default has to be given."
  },
  {
    "code": "E0318",
    "title": "{message}",
    "text": "Two settings do not go together, or do not suit the inputs."
  },
  {
    "code": "E0319",
    "title": "A range stands only after `in`.",
    "text": "`a..b` says that a value lies between two others, both included. In a `for` it is all whole numbers from one to the other.\n\nWrite `x in a..b`; for a list write `[a, b]`."
  },
  {
    "code": "W0340",
    "title": "{message}.",
    "text": "The program is right as far as the language goes, and this is hardly what you want."
  },
  {
    "code": "E0321",
    "title": "Operations call each other more than {most} deep.",
    "text": "Operations and blocks are written out where they are called.\n\nCall fewer of them inside of each other; a chain of `|>` can be as long as you like."
  },
  {
    "code": "E0322",
    "title": "The program is too large to be worked out: it takes more than {most} steps.",
    "text": "Operations are written out at each call. The limit grows with the length of the program.\n\nLook for operations that call others several times, and these again: each level doubles the work."
  },
  {
    "code": "E0323",
    "title": "The program has more than {most} stages.",
    "text": "Operations are written out at each call, and a `for` makes its stages once for each choice of its values.\n\nLook for operations that call others several times, and these again, or for a `for` with many values."
  },
  {
    "code": "E0324",
    "title": "This text has more than {most} characters.",
    "text": "A text is a path, a name or a template.\n\nLook for texts that name others several times, and these again: each level doubles the length."
  },
  {
    "code": "E0325",
    "title": "This list has more than {most} values, lists in it counted too.",
    "text": "A list is written into the record of every stage that takes it.\n\nLook for lists that hold others several times, and these again: each level doubles the number."
  },
  {
    "code": "E0401",
    "title": "`{callee}` takes {expected} here, not {got}.",
    "text": "Every stage says what it takes and what it makes."
  },
  {
    "code": "E0402",
    "title": "`{callee}` needs `{role}`: {description}",
    "text": "An input has to be given: piped in, by place, or by name."
  },
  {
    "code": "E0403",
    "title": "`{name}` is {got}, and `{keyword}` does not bind that.",
    "text": "The keyword names the kind of thing bound: `data` documents and tokens, `tokenizer` a tokenizer, `model` an architecture with its sizes, `stage` what training and evaluation make."
  },
  {
    "code": "E0404",
    "title": "{message}",
    "text": "Ids of one tokenizer mean nothing to a model trained with another."
  },
  {
    "code": "E0405",
    "title": "{message}",
    "text": "The model's vocabulary has to be as large as the tokenizer's."
  },
  {
    "code": "E0406",
    "title": "{message}",
    "text": "A model fine-tuned with one chat template does not understand another."
  },
  {
    "code": "E0407",
    "title": "{message}",
    "text": "The names on the left of `=` are bound to the outputs of the call, one to one."
  },
  {
    "code": "E0408",
    "title": "`{role}` takes one artefact, not a list.",
    "text": "Only some inputs take several artefacts.\n\nGive one, or join documents with `concat`."
  },
  {
    "code": "E0409",
    "title": "This expectation looks at no stage.",
    "text": "`expect` compares a metric of a finished stage with a bound; without one there is nothing that could fail.\n\nName a metric of a stage: `expect base.valid_loss < 4.5`."
  },
  {
    "code": "E0410",
    "title": "Only artefacts can be exported; this is {got}.",
    "text": "Name something bound by `data`, `tokenizer` or `stage`."
  },
  {
    "code": "E0411",
    "title": "Two exports go to the folder \"{folder}\".",
    "text": "An export makes the folder what the artefact is; the second would overwrite the first. Places are compared, not spellings:\n`out`, `./out/` and a link to `out` are one folder.\n\nExport each to a folder of its own."
  },
  {
    "code": "E0420",
    "title": "The export to \"{folder}\" would change what this program reads: {what}.",
    "text": "An export makes its folder what the artefact is. Where the program also reads from there, it would overwrite its own input, or\nread its own results as input the next time. Places are compared, not spellings: `..` and links are followed.\n\nExport to a folder of its own, for example \"out/…\"."
  },
  {
    "code": "E0421",
    "title": "The export to \"{folder}\" would write among the files of the program itself: {file} lies there.",
    "text": "An export makes its folder what the artefact is; a folder that holds the program, or a file that it uses, is not for that.\n\nExport to a folder of its own, for example \"out/…\"."
  },
  {
    "code": "E0412",
    "title": "`{of}` says nothing of `{got}`.",
    "text": "A report on several models has a number for each: `score.win_rate[aligned]` is that of `aligned`, one of those it was given."
  },
  {
    "code": "E0413",
    "title": "`{of}` will have no metric `{name}`.",
    "text": "What a stage measures is known before it runs; an expectation that names something else would fail after the training."
  },
  {
    "code": "E0414",
    "title": "`{of}` has one `{name}` for each model.",
    "text": ""
  },
  {
    "code": "W0416",
    "title": "No file matches {pattern} in {folder}.",
    "text": "A run that reaches this stage fails, unless the files are there by then: the program may make them itself, with `export` or `shell`."
  },
  {
    "code": "E0470",
    "title": "These weights cannot be taken: {problem}.",
    "text": "`check` reads config.json of the folder that `weights(…)` names. What llmpipe cannot be is known before the run, and nothing is guessed."
  },
  {
    "code": "E0471",
    "title": "No matrix of the model is called {targets}.",
    "text": "The model is one from a folder: its config.json says which matrices it has."
  },
  {
    "code": "E0501",
    "title": "`{name}` is {what}, not a model.",
    "text": "`model name = f(…)` gives an architecture its sizes.\n\nDeclare one with `model net(…) { … }`, or import one: `use std.models { llama }`."
  },
  {
    "code": "E0502",
    "title": "`{name}` of an architecture is a number, a text or a truth value, not {got}.",
    "text": "The sizes of a model are known when the file is compiled, all but the size of a tokenizer that is trained first."
  },
  {
    "code": "E0503",
    "title": "Shapes do not fit: {problem}.",
    "text": "The shape of every tensor is known, up to `batch` and `time`, when the file is compiled. Sizes are equal, or one of them is 1."
  },
  {
    "code": "E0504",
    "title": "{what} must be a whole number above 0, and is {got}.",
    "text": ""
  },
  {
    "code": "E0505",
    "title": "{what} is {expected}, not {got}.",
    "text": "In the body of an architecture there are tensors, numbers, truth values, and words for ways to do something."
  },
  {
    "code": "E0506",
    "title": "`{name}` ends without a value.",
    "text": "The last line of a body is what it gives: a tensor."
  },
  {
    "code": "E0507",
    "title": "An architecture gives logits [batch, time, {vocab}], and `{name}` gives {shape}.",
    "text": "End with `linear(x, vocab)` or `unembed(x, table)`."
  },
  {
    "code": "E0508",
    "title": "The architecture `{name}` has no parameter `{parameter}`.",
    "text": "Every architecture takes `vocab`, the number of token ids, and `context`, the longest sequence it is for."
  },
  {
    "code": "E0509",
    "title": "The block `{name}` calls itself: {chain}.",
    "text": "Blocks are written out where they are called, so one that calls itself would never end; use `repeat`."
  },
  {
    "code": "E0510",
    "title": "Written out, the architecture has more than {limit} statements.",
    "text": "The layers of a model are made when the file is compiled, one after the other.\n\nLook for a `repeat` with a large count, or blocks that call others several times, and these again."
  },
  {
    "code": "E0520",
    "title": "The logits of `{name}` at a position depend on later tokens: {operation} mixes all positions.",
    "text": "A language model learns to predict the next token. A model that sees that token copies it: the loss looks wonderful, and the\nmodel cannot write, because while writing the next token is not there yet."
  },
  {
    "code": "W0521",
    "title": "The weight `{name}` has no part in the logits, and is left out.",
    "text": "Only what the logits depend on is kept in the graph of a model: this weight is not trained and not saved.\n\nUse what it computes, or remove it."
  },
  {
    "code": "W0522",
    "title": "Nothing in `{of}` uses `{name}`.",
    "text": "Use it, or remove it."
  },
  {
    "code": "W0523",
    "title": "Training `{name}` needs about {need} of memory, and this machine has {there}.",
    "text": "The estimate counts weights, the moments of the optimizer, and what a step keeps until its gradients are computed.\n\nMake `batch`, `context` or the model smaller; `accumulate` makes up for a smaller batch."
  },
  {
    "code": "E0601",
    "title": "There is no file `{path}`.",
    "text": "A path in quotes is relative to the file that imports it; `std.name` is a module that comes with llmpipe."
  },
  {
    "code": "E0602",
    "title": "`{module}` declares no `{name}`.",
    "text": "Only what a file declares itself can be imported from it."
  },
  {
    "code": "E0603",
    "title": "The files import each other: {chain}.",
    "text": "Files form a hierarchy, so that each can be read without the ones that use it.\n\nMove what both need into a third file."
  },
  {
    "code": "W0604",
    "title": "`{name}` is imported and never used.",
    "text": "Nothing in this file uses it.\n\nRemove it from the list."
  },
  {
    "code": "E0605",
    "title": "`{path}` is code of this project, and this version of it is not trusted yet.",
    "text": "A file of stages is a program like any other: it can do whatever you can. So nothing of it is run, neither by `check` nor by `run`, before you have looked at\nit and trusted it. What you trust is this text, with all that it imports: after a change you are asked again."
  },
  {
    "code": "E0606",
    "title": "{message}",
    "text": "A file of stages, or one that it imports, is not valid TypeScript or JavaScript, or imports something that is not there."
  },
  {
    "code": "E0607",
    "title": "`{path}` could not be loaded: {reason}",
    "text": "A file of stages is executed once to learn which stages it exports, and then failed or did not come to an end. What a stage\ndoes belongs in its `run`; outside of that a file defines things only."
  },
  {
    "code": "E0608",
    "title": "`{name}` of `{path}` is no stage.",
    "text": "Only stages can be used; helpers and constants are for the file itself.\n\nStages are made by `defineStage(…)` or `defineStep(…)` of \"llmpipe\", and exported."
  },
  {
    "code": "E0609",
    "title": "The stage `{name}` of `{path}` is not defined as it should be: {problem}",
    "text": "What a definition has to have is in docs/guide/stages-of-your-own.md; an editor with the types of `llmpipe` shows the same before anything is run."
  },
  {
    "code": "E0610",
    "title": "`{name}` is the name of a kind of llmpipe itself.",
    "text": "Events, records and keys name stages by their kind, so one of your own cannot have the name of one that everybody has.\n\nExport it by another name."
  },
  {
    "code": "E0701",
    "title": "`{what}` cannot stand in a `for`.",
    "text": "The body of a `for` makes variants: it holds what binds values and artefacts (`let`, `data`, `tokenizer`, `model`, `stage`), `expect`, `export`, and other `for`s."
  },
  {
    "code": "E0702",
    "title": "A `for` goes over a list, a range of whole numbers, or `zip(…)` of lists, not over {got}.",
    "text": "`for lr in [1e-3, 3e-4]`, `for layers in 2..4` (both ends count), `for lr, warmup in zip([1e-3, 3e-4], [50, 100])`; a list may have a name."
  },
  {
    "code": "E0703",
    "title": "A `for` takes numbers, texts and truth values, not {got}.",
    "text": "The values are part of the names of variants: `base[lr=3e-4]`.\n\nUse the variable where it is needed: `optimizer: adamw(lr: lr)`."
  },
  {
    "code": "E0704",
    "title": "{names} would be {value} twice.",
    "text": "Variants are told apart by their values.\n\nRemove one of them."
  },
  {
    "code": "E0705",
    "title": "The lists of `zip` have {first} and {other} values.",
    "text": "Lists that are taken together have the same length.\n\n`zip` takes the first of each list together, then the second of each, …; for all combinations write `for a in …, b in …`."
  },
  {
    "code": "E0706",
    "title": "{message}",
    "text": "Several names before `in` take their values together: `for lr, warmup in zip([1e-3, 3e-4], [50, 100])`."
  },
  {
    "code": "E0707",
    "title": "`{name}` is {count} variants, and one is wanted here.",
    "text": "A name that a `for` binds is, outside of it, the list of its variants. It goes where a list of artefacts is taken."
  },
  {
    "code": "E0708",
    "title": "`{name}` has no variant with {got}.",
    "text": "`base[lr=3e-4, layers=2]` is the variant of `base` that was made with these values; `base[lr=3e-4]` is all those with this one."
  },
  {
    "code": "E0709",
    "title": "`{name}` has no variants to select from.",
    "text": "Brackets with values select among the variants that a `for` makes."
  },
  {
    "code": "E0710",
    "title": "The `for` makes more than {most} variants.",
    "text": "Several clauses make every combination of their values.\n\nTake fewer values, or take some together with `zip(…)`."
  },
  {
    "code": "W0711",
    "title": "Nothing in the `for` uses `{name}`.",
    "text": "A declaration has variants only for the variables that it uses, directly or through others.\n\nUse it, or remove it: what does not depend on it is made once."
  }
]
