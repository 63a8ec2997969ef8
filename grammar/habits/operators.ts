/** Recognizes operators of other languages. */

import * as t from '../tokens.ts'
import { Stray } from './strays.ts'
import type { Recognizer } from './view.ts'

/** Signs that cannot stand in a program, longer ones first, with the text to write instead. */
const signs: readonly (readonly [sign: string, help: string])[] = [
  ['===', 'Write `==`.'],
  ['!==', 'Write `!=`.'],
  ['...', 'Write a range with two points, `1..3`; nothing spreads a list.'],
  ['..=', 'Write `..`: a range includes its end.'],
  ['<!--', 'A comment begins with `//`.'],
  ['/*', 'A comment begins with `//`, on each of its lines.'],
  ['|>>', 'Write `|>`.'],
  ['%>%', 'Write `|>`.'],
  ['<>', 'Write `!=`.'],
  ['=<', 'Write `<=`.'],
  ['=>', 'There are no functions without a name; an operation is `op name(docs) = docs |> …`.'],
  ['->', 'Write `|>` to pass a value on; the type of a result is not written.'],
  ['**', 'Write `^` for a power.'],
  ['&&', 'Write `and`.'],
  ['||', 'Write `or`.'],
  ['??', 'Write `if a { b } else { c }`.'],
  ['>>', 'Write `|>`.'],
  ['<<', 'Write `<`.'],
  ['::', 'Write `.`: `std.clean`.'],
]
const assigning = /^(?:[-+*/^]=|\+\+)(?!=)/

export const operators: Recognizer = (view, at) => {
  const written = view.image(at)
  if (view.is(at, t.Comma) && at === view.failedAt && view.is(at - 1, t.Comma))
    return view.found('other-list', 'Remove one of the two commas.', at)
  if (view.has(at, '**') && view.is(at - 1, t.Comma, t.LParen, t.LCurly))
    return view.found('other-operator', 'Settings are given one by one: `steps: 10, seed: 3`.', at, at + 1)
  if (!/^[-=!<>.|%/*&?:+^]/.test(written) || view.is(at, t.NumberText)) return undefined
  for (const [sign, help] of signs)
    if (view.has(at, sign)) {
      const first = view.tokens[at]!
      return {
        ...view.found('other-operator', help, at),
        written: sign,
        span: { ...view.span(at), end: first.startOffset + sign.length },
      }
    }
  const changed = assigning.exec(view.text.slice(view.span(at).start, view.span(at).start + 3))
  if (changed !== null && view.touches(at) && view.endsValue(at - 1)) {
    const name = view.image(at - 1)
    const help = `A name is bound once; bind another one: \`let more = ${name} ${changed[0][0]} …\`.`
    return view.found('other-operator', help, at, at + 1)
  }
  // `10 %`, where no remainder is meant.
  if (view.is(at, t.Remainder) && view.is(at - 1, t.NumberText) && at + 1 >= view.failedAt && !view.beginsValue(at + 1))
    return view.found('other-number', `A suffix touches its number: write \`${view.image(at - 1)}%\`.`, at - 1, at)
  if (!view.is(at, Stray)) return view.is(at, t.Plus) && !view.endsValue(at - 1) && at > 0 ? plus(view, at) : undefined
  switch (written) {
    case '!':
      return view.found('other-operator', 'Write `not`.', at)
    case '&':
      return view.found('other-operator', 'Write `and`.', at)
    case '|': {
      const isCall = view.is(at + 1, t.Identifier) && view.is(at + 2, t.LParen)
      return view.found('other-operator', isCall ? 'Write `|>`.' : 'Write `or`.', at)
    }
    default:
      return undefined
  }
}

const plus: Recognizer = (view, at) =>
  view.is(at + 1, t.NumberText) ? view.found('other-operator', `Write \`${view.image(at + 1)}\`.`, at) : undefined
