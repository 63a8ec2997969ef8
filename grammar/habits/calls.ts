/** Recognizes calls and lists of other languages. */

import * as t from '../tokens.ts'
import { type Recognizer, short, type View } from './view.ts'

/** `=` where a setting has `:` or a comparison `==`. */
export const equals: Recognizer = (view, at) => {
  if (!view.is(at, t.Assign) || at === 0 || at > view.failedAt) return undefined
  const open = view.openAt(at)
  if (view.is(open, t.LSquare) || (open === -1 && isBinding(view, at)) || isParameter(view, at)) return undefined
  const before = at - 2
  const isFirst = before === open || view.is(before, t.Comma) || view.isFirst(at - 1)
  if (view.isWord(at - 1) && isFirst && isArguments(view, open)) {
    const name = view.image(at - 1)
    const value = view.beginsValue(at + 1) && !view.is(at + 2, t.LParen, t.Dot) ? short(view.image(at + 1)) : '…'
    return view.found('setting-with-equals', `Write \`${name}: ${value}\`; a comparison is \`==\`.`, at - 1, at)
  }
  if (isBody(view, open) && (view.is(0, t.For) || (view.isFirst(at - 1) && !view.is(0, t.Filter)))) return undefined
  if (!view.endsValue(at - 1)) return undefined
  return view.found('comparison-with-equals', 'Write `==`.', at)
}

/** Whether the `=` is the one of its declaration. */
function isBinding(view: View, at: number): boolean {
  for (let i = 0; i < at; i++) if (view.is(i, t.Assign) && view.openAt(i) === -1) return false
  return !view.is(0, t.Expect, t.For, t.Export)
}

/** Whether a token is among the parameters of an `op`, a `filter`, a `block` or an architecture. */
function isParameter(view: View, at: number): boolean {
  return view.is(0, t.Op, t.Filter, t.Block, t.Model) && view.openAt(at) === 2
}

function isArguments(view: View, open: number): boolean {
  if (view.is(open, t.LParen)) return view.is(open - 1, t.Identifier)
  return view.is(open, t.LCurly) && view.is(open - 1, t.RParen) && !isBody(view, open)
}

/** Whether a brace opens the body of a `filter`, a `block`, an architecture or a `for`. */
function isBody(view: View, open: number): boolean {
  return view.is(open, t.LCurly) && view.openAt(open) === -1 && view.is(0, t.Filter, t.Block, t.Model, t.For, t.Op)
    ? !(view.is(0, t.Model, t.Op) && hasAssign(view, open))
    : false
}

function hasAssign(view: View, before: number): boolean {
  for (let i = 0; i < before; i++) if (view.is(i, t.Assign) && view.openAt(i) === -1) return true
  return false
}

/** `{ … }` in place of a value. */
export const dictionary: Recognizer = (view, at) => {
  if (!view.is(at, t.LCurly) || at === 0 || at > view.failedAt + 1) return undefined
  const wanted =
    view.is(at - 1, t.LParen, t.Comma, t.Colon, t.Assign, t.LSquare, t.Pipe, t.And, t.Or, t.Not) ||
    /^(?:[-+*/^<>]|[<>=!]=)$/.test(view.image(at - 1))
  if (!wanted || view.is(0, t.Use)) return undefined
  let end = at + 1
  while (view.isWord(end)) end++
  if (end > at + 1 && view.is(end, t.RCurly)) return view.found('no-dictionary', nameInBraces(view, at, end), at, end)
  const help =
    'A group of values is a call, such as `adamw(lr: 1e-3)`; several values are a list, `[a, b]`. `llmpipe kinds NAME` says what a setting takes.'
  return view.found('no-dictionary', help, at)
}

/** The text to write in place of `{name}` or `{my field}` outside of a string. */
function nameInBraces(view: View, at: number, end: number): string {
  if (view.image(at - 2) === 'where' || !view.is(at - 1, t.LParen, t.Comma, t.Colon, t.Assign, t.LSquare, t.Pipe))
    return 'A condition names metrics of a document without braces: `words > 50`. It does not see fields of the document.'
  const name = end === at + 2 ? view.image(at + 1) : 'name'
  return `Write \`${name}\` without braces. In a text, \`"{${name}}"\` is a hole.`
}

/** `"steps": 10`. */
export const quotedName: Recognizer = (view, at) => {
  if (!view.is(at, t.Text) || !view.is(at + 1, t.Colon) || view.place === 'hole') return undefined
  const name = view.image(at).slice(1, -1)
  const help = /^[A-Za-z_]\w*$/.test(name)
    ? `Write \`${name}: …\`, without quotes.`
    : 'The name of a setting stands without quotes.'
  return view.found('no-dictionary', help, at)
}

/** `prose.split(…)`. */
export const methodCall: Recognizer = (view, at) => {
  if (!view.is(at, t.Dot) || !view.isWord(at + 1) || !view.is(at + 2, t.LParen) || view.isFirst(at + 2))
    return undefined
  const name = view.image(at + 1)
  let from = at - 1
  while (from > 1 && view.is(from - 1, t.Dot) && view.isWord(from - 2)) from -= 2
  const object = view.isWord(from) ? view.source(from, at - 1) : '…'
  const help = object.startsWith('std.')
    ? `Import it, \`use ${object} { ${name} }\`, and call it \`${name}(…)\`.`
    : `Write \`${short(object)} |> ${name}(…)\`.`
  return view.found('method-call', help, at, at + 1)
}

export const blockOnItsOwnLine: Recognizer = (view, at) => {
  if (!view.is(at, t.LCurly) || at === 0 || !view.isFirst(at) || at > view.failedAt) return undefined
  if (!view.is(at - 1, t.RParen)) return undefined
  return view.found('block-on-its-own-line', 'Put the `{` behind the `)`, on the same line.', at)
}

/** `[f(x) for x in xs]`, `x[1:3]`. */
export const comprehension: Recognizer = (view, at) => {
  if (view.is(at, t.For) && view.is(view.openAt(at), t.LSquare, t.LParen)) {
    const help = 'Write the values out, `[a, b]`, or put `for x in … { … }` around whole declarations.'
    return view.found('other-list', help, at)
  }
  if (view.is(at, t.Colon) && view.is(view.openAt(at), t.LSquare) && at === view.failedAt)
    return view.found('other-list', 'A list has no slices; write its values out.', at)
  return undefined
}

/** `(a, b)`. */
export const tuple: Recognizer = (view, at) => {
  if (!view.is(at, t.Comma) || at !== view.failedAt) return undefined
  const open = view.openAt(at)
  if (!view.is(open, t.LParen) || view.is(open - 1, t.Identifier)) return undefined
  return view.found('other-list', 'Several values stand between square brackets: `[a, b]`.', open)
}

/** `pretrain gpt, on: tokens`, `|> encode bpe`. */
export const withoutParentheses: Recognizer = (view, at) => {
  if (
    /^(?:lambda|function|fn|def|new|await)$/.test(view.image(at)) &&
    at > 0 &&
    !view.is(at + 1, t.LParen, t.Colon, t.Comma, t.RParen)
  )
    return view.found(
      'other-word',
      'There are no functions without a name; an operation is `op name(docs) = docs |> …`.',
      at,
    )
  if (at !== view.failedAt || at < 2 || view.isFirst(at) || !view.is(at - 1, t.Identifier)) return undefined
  if (!view.beginsValue(at) || !view.is(at - 2, t.Assign, t.Pipe)) return undefined
  const name = view.image(at - 1)
  return view.found(
    'call-without-parentheses',
    `Write \`${name}(${short(view.image(at))}…)\`, or put a sign between the two.`,
    at - 1,
    at,
  )
}
