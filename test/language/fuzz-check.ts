/** Checks properties of the compiler and the formatter that hold for any text. */

import { parse } from '../../grammar/parse.ts'
import { format } from '../../src/language/format/format.ts'
import { renderDiagnostics } from '../../src/language/messages/render.ts'
import { bare } from '../grammar/arbitrary.ts'
import { compileText } from './compile-case.ts'

const file = 'test/language/cases/random.llmpipe'

/** The property that a text violates; `undefined` if there is none. */
export function faultOf(text: string): string | undefined {
  const { diagnostics, program, sources } = compileText(text)
  const hasErrors = diagnostics.some(({ severity }) => severity === 'error')
  if ((program === undefined) !== hasErrors)
    return 'there is a program though there are errors, or none though there are none'
  for (const { span, code, message } of diagnostics) {
    const source = span.file === file ? text : sources.get(span.file)
    if (source === undefined) return `${code} lies in a file that was not read: ${span.file}`
    // The span of something missing at the end of a text is one unit behind it.
    if (!(span.start >= 0 && span.start <= span.end && span.end <= source.length + 1))
      return `${code} lies outside of the text: ${span.start}–${span.end} of ${source.length}`
    if (message === '' || (/undefined|\[object/.test(message) && !/undefined|\[object/.test(text)))
      return `${code} says nothing: ${message}`
  }
  const shown = renderDiagnostics(diagnostics, sources)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
  if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(shown))
    return 'what is shown acts on the terminal'
  const parsed = parse('f', text.replaceAll('\r\n', '\n'))
  const { text: formatted } = format(text)
  if (formatted === undefined)
    return parsed.problems.length === 0 ? 'it is not formatted though it can be read' : undefined
  const again = parse('f', formatted)
  if (JSON.stringify(bare(again.program.declarations)) !== JSON.stringify(bare(parsed.program.declarations)))
    return 'formatting changed what it says'
  const comments = (of: typeof again) => of.program.comments.map((comment) => comment.text).sort()
  if (comments(again).join('\n') !== comments(parsed).join('\n')) return 'formatting changed its comments'
  if (format(formatted).text !== formatted) return 'formatting it twice is not formatting it once'
  return undefined
}
