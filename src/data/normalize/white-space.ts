/** Normalizes white space: line ends, spaces of other widths, spaces at line ends, blank lines. */

export type WhiteSpace = 'collapse' | 'trim' | 'keep'

/**
 * Normalizes white space. `trim`: every line end becomes \n and every other space a plain space; spaces at line ends, blank lines around
 * the text, and all but one of several blank lines are removed; indentation stays. `collapse` also reduces several spaces to one, and
 * removes indentation.
 */
export function tidyWhiteSpace(text: string, how: Exclude<WhiteSpace, 'keep'>): string {
  let tidy = text
  if (/[\r\v\f\x85\u2028\u2029]/.test(tidy)) tidy = tidy.replace(/\r\n|[\r\v\f\x85\u2028\u2029]/g, '\n')
  if (/[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]/.test(tidy)) {
    tidy = tidy.replace(/[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]/g, ' ')
  }
  if (how === 'collapse' && /[\t ]{2}|\t/.test(tidy)) tidy = tidy.replace(/[\t ]+/g, ' ')
  if (/[\t ]\n/.test(tidy)) tidy = endsTrimmed(tidy)
  if (how === 'collapse' && tidy.includes('\n ')) tidy = tidy.replaceAll('\n ', '\n')
  if (tidy.includes('\n\n\n')) tidy = tidy.replace(/\n{3,}/g, '\n\n')
  tidy = how === 'collapse' ? tidy.trim() : tidy.replace(/^\n+/, '').trimEnd()
  return tidy
}

/** Trims the ends of lines, line by line: a regular expression would take quadratic time on long runs of spaces. */
function endsTrimmed(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}
