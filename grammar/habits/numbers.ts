/** Recognizes numbers as other languages and people write them. */

import { suffixes } from '../numbers.ts'
import * as t from '../tokens.ts'
import type { Recognizer } from './view.ts'

export const numbers: Recognizer = (view, at) => {
  if (!view.is(at, t.NumberText)) return undefined
  const number = view.image(at)
  // 1,000 and 1'000
  if (view.touches(at) && /^\d{1,3}$/.test(number)) {
    if (view.is(at + 1, t.Comma) && view.touches(at + 1) && /^\d{3}$/.test(view.image(at + 2))) {
      let end = at + 2
      while (view.touches(end) && view.is(end + 1, t.Comma) && /^\d{3}$/.test(view.image(end + 2))) end += 2
      // In a call or a list, the comma separates several values.
      if (view.openAt(at) === -1)
        return view.found(
          'other-number',
          `Digits are grouped by \`_\`: write \`${view.source(at, end).replaceAll(',', '_')}\`.`,
          at,
          end,
        )
    }
    if (/^'\d{3}/.test(view.image(at + 1)))
      return view.found('other-number', 'Digits are grouped by `_`: `1_000`.', at, at + 1)
  }
  // 1.000.000
  if (view.touches(at) && view.is(at + 1, t.NumberText) && view.image(at + 1).startsWith('.')) {
    const whole = view.source(at, at + 1)
    return view.found(
      'other-number',
      `Digits are grouped by \`_\`: write \`${whole.replaceAll('.', '_')}\`.`,
      at,
      at + 1,
    )
  }
  // 10%3
  if (number.endsWith('%') && view.touches(at) && (view.beginsValue(at + 1) || view.is(at + 1, t.LParen))) {
    const help = `\`${number}\` is a fraction; a remainder has spaces: \`${number.slice(0, -1)} % ${view.image(at + 1)}\`.`
    return view.found('other-operator', help, at, at + 1)
  }
  // 10 k
  if (at + 1 === view.failedAt && !view.touches(at) && view.is(at + 1, t.Identifier) && !view.isFirst(at + 1)) {
    const suffix = view.image(at + 1)
    if (Object.hasOwn(suffixes, suffix))
      return view.found('other-number', `A suffix touches its number: write \`${number}${suffix}\`.`, at, at + 1)
  }
  return undefined
}
