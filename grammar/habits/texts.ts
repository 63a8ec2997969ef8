/** Recognizes strings and comments of other languages. */

import * as t from '../tokens.ts'
import type { Recognizer } from './view.ts'

export const texts: Recognizer = (view, at) => {
  if (view.place === 'hole' && at === view.failedAt) {
    if (view.is(at, t.Comma)) {
      const help =
        'A hole `{name}` is one value. For several paths write a list of texts, `["a.txt", "b.txt"]`; a brace that is meant as text is `\\{`.'
      return view.found('hole-with-a-list', help, at)
    }
    if (view.isWord(at) && view.isWord(at - 1)) {
      const help =
        'A hole names one value or field: `{name}`. The name is one word of Latin letters, digits and `_`; a field whose name has a space cannot be named. A brace that is meant as text is `\\{`.'
      return view.found('hole-with-a-list', help, at)
    }
    if (view.is(at, t.Colon)) {
      const help = 'A hole is a value alone, `{name}`, without a format; a brace that is meant as text is `\\{`.'
      return view.found('hole-with-a-list', help, at)
    }
  }
  // f"…", b'…'
  if (/^(?:[fbuFBU]|[fF]?[rR]|[rR][bBfF])$/.test(view.image(at)) && view.touches(at) && view.is(at + 1, t.Text)) {
    const prefix = view.image(at)
    const help = /^[rR]/.test(prefix)
      ? 'A raw text is `r"…"`, between double quotes.'
      : `Leave the \`${prefix}\` out: every text between double quotes can have holes, \`"{name}"\`.`
    return view.found('other-quotes', help, at, at + 1)
  }
  // """ … """, also where it ends on another line
  if (view.is(at, t.Text) && view.image(at) === '""' && view.touches(at) && view.is(at + 1, t.Text)) {
    const help =
      'A text stands on one line between single `"`; a line break in it is `\\n`. A comment begins with `//`.'
    return view.found('other-quotes', help, at, at + 1)
  }
  if (
    at > 0 &&
    at === view.failedAt &&
    view.is(at, t.Text) &&
    view.is(at - 1, t.Text) &&
    view.image(at).startsWith('"')
  ) {
    const help = 'Write one text, or separate the two by a comma.'
    return view.found('other-quotes', help, at)
  }
  // -- a comment
  if (view.has(at, '--') && view.isFirst(at) && (view.place === 'junk' || at === view.failedAt))
    return view.found('other-operator', 'A comment begins with `//`.', at, view.endOfLine(at))
  return undefined
}
