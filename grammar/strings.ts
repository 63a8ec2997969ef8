/** Scans strings for their end, their escapes and their `{holes}`. */

/** A piece of a string: literal text with its escapes resolved, or a hole as the range between its braces. */
export type StringPiece =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'hole'; readonly start: number; readonly end: number }

export interface ScannedString {
  /** The offset after the closing quote; if the string has none, the offset after the last character of the line. */
  readonly end: number
  readonly closed: boolean
  readonly pieces: readonly StringPiece[]
  /** The offset of a `{` without its `}`, and those of unknown escapes. */
  readonly openHole?: number
  readonly badEscapes: readonly number[]
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '"': '"',
  '\\': '\\',
  '{': '{',
  '}': '}',
}

/** How far behind a `{` the scanner looks for the `}`, in UTF-16 units. The limit keeps a broken line from being read again and again. */
const longestHole = 2000

/** Characters that stand for themselves. */
const plain = /[^"\\{\n]+/y

/** Scans the string whose opening quote is at `start`. A string ends on its line. Takes time in proportion to the length of the string. */
export function scanString(text: string, start: number): ScannedString {
  const pieces: StringPiece[] = []
  const badEscapes: number[] = []
  let openHole: number | undefined
  let literal = ''
  let at = start + 1
  const flush = () => {
    if (literal !== '') pieces.push({ type: 'text', text: literal })
    literal = ''
  }
  const done = (end: number, closed: boolean): ScannedString => {
    flush()
    return { end, closed, pieces, badEscapes, ...(openHole === undefined ? {} : { openHole }) }
  }
  while (at < text.length && text[at] !== '\n') {
    const char = text[at] as string
    if (char === '"') return done(at + 1, true)
    if (char === '\\' && at + 1 < text.length && text[at + 1] !== '\n') {
      const unicode = /^\\u\{([0-9a-fA-F]{1,6})\}/.exec(text.slice(at, at + 10))
      const code = unicode ? Number.parseInt(unicode[1] as string, 16) : 0
      if (unicode && code <= 0x10ffff) {
        literal += String.fromCodePoint(code)
        at += unicode[0].length
        continue
      }
      const meant = escapes[text[at + 1] as string]
      if (meant === undefined) badEscapes.push(at)
      literal += meant ?? text.slice(at, at + 2)
      at += 2
    } else if (char === '{') {
      // Behind a hole without a `}`, strings inside holes are not skipped, since it is unclear where they begin.
      const close = openHole === undefined ? holeEnd(text, at) : plainHoleEnd(text, at)
      if (close === undefined) {
        openHole ??= at
        literal += char
        at++
      } else {
        flush()
        pieces.push({ type: 'hole', start: at + 1, end: close })
        at = close + 1
      }
    } else {
      plain.lastIndex = at
      const run = plain.exec(text)?.[0] ?? char
      literal += run
      at += run.length
    }
  }
  return done(at, false)
}

/** The offset of the `}` that closes the hole opened at `open` on the same line. Strings inside the hole are skipped with their holes. */
function holeEnd(text: string, open: number): number | undefined {
  // The open constructs: for a hole the number of its open braces, 0 for a string.
  const stack = [1]
  const last = Math.min(text.length, open + longestHole)
  for (let at = open + 1; at < last && text[at] !== '\n'; at++) {
    const char = text[at]
    const braces = stack.at(-1) as number
    if (braces === 0) {
      if (char === '\\') at++
      else if (char === '"') stack.pop()
      else if (char === '{') stack.push(1)
    } else if (char === '"') stack.push(0)
    else if (char === '{') stack[stack.length - 1] = braces + 1
    else if (char === '}') {
      if (braces > 1) stack[stack.length - 1] = braces - 1
      else stack.pop()
      if (stack.length === 0) return at
    }
  }
  return undefined
}

/** The end of a hole without strings and braces inside. */
function plainHoleEnd(text: string, open: number): number | undefined {
  const match = /[{}"\n]/g
  match.lastIndex = open + 1
  const found = match.exec(text)
  return found?.[0] === '}' ? found.index : undefined
}

/** A string literal for `value`. Braces are escaped, so that it has no holes. */
export function quote(value: string): string {
  const escaped = value.replace(/["\\{}]/g, (char) => `\\${char}`)
  return `"${escaped.replaceAll('\n', '\\n').replaceAll('\t', '\\t').replaceAll('\r', '\\r')}"`
}
