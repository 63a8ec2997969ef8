/** Recognizes conditions and blocks of other languages. */

import * as t from '../tokens.ts'
import { Stray } from './strays.ts'
import type { Recognizer } from './view.ts'

const form = 'Write `if a { b } else { c }`.'

export const others: Recognizer = (view, at) => {
  const word = view.image(at)
  if (view.is(at, Stray) && word === '?' && !view.has(at, '??')) return view.found('other-if', form, at)
  if (word === 'elif' || word === 'elsif' || word === 'elseif')
    return view.place === 'junk' && at === 0 ? undefined : view.found('other-if', 'Write `else if`.', at)
  if (word === 'unless') return view.found('other-if', 'Write `if not a { b } else { c }`.', at)
  if (view.is(at, t.If)) {
    // a if b else c
    if (at > 0 && view.endsValue(at - 1) && !view.isFirst(at)) return view.found('other-if', form, at)
    // if a: b else: c, if a then b else c
    for (let i = at + 1; i <= view.failedAt && i < view.tokens.length; i++) {
      if (view.is(i, t.LCurly)) break
      if ((view.is(i, t.Colon) || view.image(i) === 'then') && view.openAt(i) === view.openAt(at))
        return view.found('other-if', form, i)
    }
  }
  if (view.is(at, t.Else) && view.is(at + 1, t.Colon)) return view.found('other-if', form, at, at + 1)
  // x not in list
  if (view.is(at, t.Not) && view.is(at + 1, t.In) && view.endsValue(at - 1))
    return view.found('other-operator', 'Write `not (a in b)`.', at, at + 1)
  if (word === 'is' && at > 0 && view.endsValue(at - 1) && at <= view.failedAt && !view.isFirst(at)) {
    const isNot = view.is(at + 1, t.Not)
    return view.found('other-operator', isNot ? 'Write `!=`.' : 'Write `==`.', at, isNot ? at + 1 : at)
  }
  return undefined
}

/** Python and YAML open a block with a colon at the end of a line. */
export const indentation: Recognizer = (view, at) => {
  if (view.is(at, t.For)) {
    if (view.is(at + 1, t.LParen))
      return view.found('block-without-braces', 'Write `for x in [1, 2] { … }`, without parentheses.', at + 1)
    if (/^(?:of|from)$/.test(view.image(at + 2)) || view.is(at + 2, t.Assign))
      return view.found('block-without-braces', 'Write `for x in [1, 2] { … }` or `for x in 1..3 { … }`.', at + 2)
  }
  if (/^(?:do|then|begin)$/.test(view.image(at)) && at === view.failedAt && at > 0 && view.endsValue(at - 1))
    return view.found('block-without-braces', 'Put its body between `{` and `}`.', at)
  if (view.is(at, t.Repeat) && view.image(at + 2) === 'times')
    return view.found('block-without-braces', `Write \`repeat ${view.image(at + 1)} { … }\`.`, at + 2)
  if (!view.is(at, t.Colon) || view.openAt(at) !== -1 || view.place === 'hole') return undefined
  const isLast = at + 1 >= view.tokens.length || view.isFirst(at + 1)
  const opens = view.is(0, t.For, t.Filter, t.Block, t.Model, t.Op) || view.is(at - 1, t.RParen)
  if (!isLast || !opens) return undefined
  return view.found('block-without-braces', 'Put its body between `{` and `}`.', at)
}
