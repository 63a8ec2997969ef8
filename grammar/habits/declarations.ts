/** Recognizes declarations and imports of other languages. */

import * as t from '../tokens.ts'
import { type Recognizer, short, type View } from './view.ts'

const functions =
  'An operation made of others is `op name(docs) = docs |> …`; a part of an architecture is `block name(x) { … }`.'
const values = 'Write `let`.'
const types =
  'There are no types of your own; an architecture is `model name(…) { … }`, a part of one `block name(x) { … }`.'
const loops =
  'Use `for x in [1, 2] { … }` to make something for several values, and `repeat n { … }` for the layers of an architecture.'
const output =
  'A program prints nothing: `llmpipe show` shows the results of a stage, `expect` checks them, `export` writes them to a folder.'
const choice = 'Values and declarations are chosen by `if a { … } else { … }`.'
const failing = 'A program has neither steps nor exceptions; `expect` checks a result.'

/** Words that begin a declaration or a statement in other languages, with the text to write instead. */
const foreign: Readonly<Record<string, string>> = {
  ...all(functions, 'def fn func fun function proc procedure sub method macro lambda async'),
  ...all(
    values,
    'const var val auto int float str string bool boolean number set static final define local global mut',
  ),
  ...all(types, 'class struct type interface enum trait object record'),
  ...all(loops, 'while until loop foreach'),
  ...all(output, 'print println printf echo puts console log'),
  ...all(choice, 'unless switch match case when select'),
  ...all(failing, 'try except catch finally throw raise with begin end do pass break continue yield await goto'),
  ...all('Write `param`.', 'parameter params parameters arg argument option flag input config'),
  ...all('Write `data`.', 'dataset datasets corpus documents docs source text texts pairs prompts rankings'),
  ...all('Write `data`: `data ids = prose |> encode(bpe)`.', 'tokens encoded ids'),
  ...all('Write `tokenizer`.', 'vocab vocabulary tok bpe'),
  weights: 'Write `stage`: `stage base = weights("folder")`.',
  ...all(
    'Write `stage`: `stage base = pretrain(…)`.',
    'pretrain pretraining sft finetune fine_tune dpo ppo grpo reward reward_model evaluate evaluation eval lora adapter checkpoint',
  ),
  ...all('Write `stage`.', 'train step task job run phase stages'),
  ...all('Write `model`.', 'net network architecture module'),
  ...all('Write `filter`.', 'rule'),
  ...all('Write `expect`.', 'assert require check ensure'),
  ...all('The name of a test is a text: `test "short texts go" { … }`.', 'test it describe'),
  ...all('Write `export … to "folder"`.', 'save write output dump'),
}

function all(help: string, words: string): Record<string, string> {
  return Object.fromEntries(words.split(' ').map((word) => [word, help]))
}

export const words: Recognizer = (view, at) => {
  const word = view.image(at)
  if (word === 'return' && view.isFirst(at) && view.place !== 'hole') {
    const help = 'Remove `return`: the last line of a body is its result.'
    return view.found('other-word', help, at)
  }
  if (at !== 0 || view.place !== 'junk') return undefined
  if (word === '@' || word === '#') return view.found('other-word', functions, 0, 1)
  // Other recognizers know `steps = 10`, `docs: 3` and `log(x)` by their form.
  const isCall = view.is(1, t.LParen)
  if (view.is(1, t.Assign, t.Colon) || !Object.hasOwn(foreign, word)) return undefined
  if (isCall && foreign[word] !== output && foreign[word] !== choice && foreign[word] !== loops) return undefined
  return view.found('other-word', foreign[word]!, 0)
}

const importWords = new Set(['import', 'from', 'include', 'require', 'using', 'load'])

export const imports: Recognizer = (view, at) => {
  const isUse = view.is(0, t.Use)
  if (at !== 0 || !(isUse || (view.place === 'junk' && importWords.has(view.image(0))))) return undefined
  if (view.is(1, t.Assign, t.Colon)) return undefined
  const end = view.endOfLine(0)
  const line = view.tokens.slice(1, end + 1).map(({ image }) => image)
  // `use std.clean as c`
  if (line.at(-2) === 'as' && !line.includes('{')) line.splice(-2)
  if (isUse && line.includes('{')) {
    // `use std.clean { * }`
    const star = view.tokens.findIndex(({ image }) => image === '*')
    if (star !== -1)
      return view.found('other-import', 'Name the imports: `use std.clean { tidy, gopher_quality }`.', 0, end)
    // `use std.clean.{ tidy }`
    const dotted = line.findIndex((word, i) => word === '.' && line[i + 1] === '{')
    if (dotted !== -1) {
      const written = view.source(1, end).replace(/\.\s*\{/, ' {')
      return view.found('other-import', `Write \`use ${short(written)}\`.`, dotted + 1)
    }
    if (!line.includes('::') && !/[*]|^from$/.test(line.join(' ')) && view.failedAt > 3) return undefined
  }
  return view.found('other-import', `Write \`use ${targetOf(line)}\`.`, 0, end)
}

/** A name of each standard module, for imports that name none. */
const examples: Readonly<Record<string, string>> = {
  'std.clean': 'tidy',
  'std.models': 'llama',
  'std.chat': 'chatml',
  'std.presets': 'gpt2_small',
}

/** The target of an import in the form of the language, `std.models { llama }`. */
function targetOf(line: readonly string[]): string {
  const isText = (word: string) => /^["'“]/.test(word)
  const from = line.indexOf('from')
  const isNamesLast = line.includes('import')
  const last = isNamesLast ? line.indexOf('import') : -1
  const modulePart = isNamesLast ? line.slice(0, last) : from !== -1 ? line.slice(from + 1) : line
  const namesPart = isNamesLast ? line.slice(last + 1) : from !== -1 ? line.slice(0, from) : []
  const named = (part: readonly string[]) =>
    part.filter((word) => /^[A-Za-z_]\w*$/.test(word) && word !== 'as' && word !== 'from')
  let names = named(namesPart)
  const text = modulePart.find(isText)
  let module: string
  if (text !== undefined) {
    const path = text.replace(/^.|["'”]$/g, '')
    module = /^std[./]/.test(path) ? path.replaceAll('/', '.') : `"${path}"`
    if (names.length === 0) names = named(modulePart.slice(modulePart.indexOf(text) + 1))
  } else {
    const parts = named(modulePart)
    const isStd = parts[0] === 'std'
    module = isStd ? parts.slice(0, 2).join('.') : `"./${parts[0] ?? 'shared'}.llmpipe"`
    if (names.length === 0) names = parts.slice(isStd ? 2 : 1)
    if (isStd && parts.length === 1) module = 'std.clean'
  }
  if (names.length === 0) names = [Object.hasOwn(examples, module) ? examples[module]! : 'name']
  return `${module} { ${names.join(', ')} }`
}

/** `tokenizer bpe: …`, `let x := 3`, `param steps 10`. */
export const withoutEquals: Recognizer = (view, at) => {
  if (at !== 0 || view.place !== 'declaration' || !view.is(0, t.Param, t.Let, t.Data, t.Tokenizer, t.Stage, t.Model))
    return undefined
  let name = 1
  while (view.isWord(name) && view.is(name + 1, t.Comma)) name += 2
  if (!view.isWord(name) || t.isKeyword(view.image(name))) return undefined
  const bound = view.source(0, name)
  const write = `Write \`${short(bound)} = …\`.`
  if (view.is(name + 1, t.Colon)) {
    // let x: int = 3
    const isTyped = view.isWord(name + 2) && view.is(name + 3, t.Assign) && !view.is(name + 3, t.Equal)
    const help = isTyped ? `${write} Types are not written.` : write
    return view.found('binding-without-equals', help, name + 1, isTyped ? name + 2 : name + 1)
  }
  if (view.is(name + 1, t.Less) && view.is(name + 2, t.Minus))
    return view.found('binding-without-equals', write, name + 1, name + 2)
  if (view.is(name + 1, t.Equal) && !view.is(name + 2, t.Assign))
    return view.found('binding-without-equals', write, name + 1)
  if (name + 1 !== view.failedAt || view.isFirst(name + 1)) return undefined
  // let mut x = 3, let my name = 3
  if (view.isWord(name + 1) && view.is(name + 2, t.Assign)) {
    const [first, second] = [view.image(name), view.image(name + 1)]
    const isQualifier = /^(?:mut|const|static|final|var|int|float|str|string|bool)$/.test(first)
    const better = isQualifier ? second : `${first}_${second}`
    return view.found('letters-of-a-name', `Write \`${view.image(0)} ${better} = …\`.`, name, name + 1)
  }
  if (!view.is(0, t.Model) || !view.is(name + 1, t.LParen))
    if (view.beginsValue(name + 1)) return view.found('binding-without-equals', write, name, name + 1)
  return undefined
}

/** `export base as hf to "x"`, `export base "x"`, `export base into "x"`. */
export const exportOrder: Recognizer = (view, at) => {
  if (!view.is(0, t.Export) || at !== view.failedAt || at < 2 || view.openAt(at) !== -1) return undefined
  const rest = Array.from({ length: view.endOfLine(at) - at + 1 }, (_, i) => at + i)
  const folder = rest.find((each) => view.is(each, t.Text, t.RawText))
  if (folder === undefined || view.is(at, t.To)) return undefined
  const as = rest.find((each) => view.is(each, t.As))
  const form = as !== undefined && view.is(as + 1, t.Identifier) ? ` as ${view.image(as + 1)}` : ''
  return {
    problem: 'expected',
    expected: '`to`',
    found: `\`${short(view.image(at))}\``,
    help: `Write \`export ${short(view.source(1, at - 1))} to ${view.image(folder)}${form}\`.`,
    span: view.span(at),
  }
}

/** `let my-name = 3`, `let 2x = 3`, `let a.b = 3`, `let "x" = 3`. */
export const names: Recognizer = (view, at) => {
  if (at !== 1 || view.place !== 'declaration' || view.is(0, t.Use, t.Expect, t.Export, t.For)) return undefined
  let end = 1
  while (end + 1 < view.tokens.length && view.touches(end) && !view.is(end + 1, t.Assign, t.Comma, t.LParen, t.Colon))
    end++
  const written = view.source(1, end)
  if (/^[A-Za-z_]\w*$/.test(written) || !/^[\w".'-]+$/.test(written)) return undefined
  const better = written
    .replace(/["']/g, '')
    .replace(/[^\w]+/g, '_')
    .replace(/^(\d)/, '_$1')
  if (!/^[A-Za-z_]\w*$/.test(better) || end > view.failedAt + 1) return undefined
  return view.found('letters-of-a-name', `Write \`${better}\`.`, 1, end)
}

/** `steps = 10` and `steps: 10` at the margin, `- item`, and calls that no name is bound to. */
export const withoutKeyword: Recognizer = (view, at) => {
  if (at !== 0 || view.place !== 'junk') return undefined
  if (view.is(0, t.Minus))
    return view.found('other-list', 'A list stands between square brackets: `[a, b]`.', 0, view.endOfLine(0))
  let name = 0
  while (view.isWord(name) && view.is(name + 1, t.Comma)) name += 2
  if (view.isWord(name) && view.is(name + 1, t.Assign, t.Colon)) {
    const bound = short(view.source(0, name))
    const keyword = keywordFor(view, name + 2)
    const either =
      keyword === 'param' ? ` or \`let ${bound} = …\`; a setting of a call stands in its parentheses or its block` : ''
    return view.found('binding-without-keyword', `Write \`${keyword} ${bound} = …\`${either}.`, 0, name + 1)
  }
  // A misspelled keyword has a name and a `=` behind it; a call has not.
  if (view.isWord(0) && view.is(1, t.LParen, t.Pipe)) {
    const help = 'Bind the result of a call to a name: `data name = …`, `stage name = …`.'
    return view.found('binding-without-keyword', help, 0, view.endOfLine(0))
  }
  return undefined
}

/** The keyword that most likely binds a value. */
function keywordFor(view: View, at: number): string {
  if (view.is(at, t.Identifier)) {
    const callee = view.image(at)
    if (/^train_|tokenizer|^characters$|^bytes$/.test(callee)) return 'tokenizer'
    if (/^(?:pretrain|sft|dpo|ppo|grpo|reward_model|evaluate|weights|lora|merge)$/.test(callee)) return 'stage'
    if (view.is(at + 1, t.LParen, t.Pipe)) return 'data'
  }
  return 'param'
}
