/** Strings: where one ends, and what its escapes and `{holes}` are. */

/** A piece of a string as written: literal text with escapes resolved, or the extent of a hole between its braces. */
export type StringPiece =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'hole'; readonly start: number; readonly end: number }

export interface ScannedString {
  /** Offset after the closing quote, or after the last character of the line where there is none. */
  readonly end: number
  readonly closed: boolean
  readonly pieces: readonly StringPiece[]
  /** Offsets of a `{` that nothing closes, and of escapes that mean nothing. */
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

/** How far the `}` of a hole is looked for: beyond it nobody would find it either, and a broken line is not read again and again. */
const longestHole = 2000

/** Characters of a string that stand for themselves. */
const plain = /[^"\\{\n]+/y

/** Scans the string whose opening quote is at `start`. A string stays on its line. Takes time in proportion to what it reads. */
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
      // Behind one that nothing closes, strings inside of holes are not looked for: quotes no longer tell where they begin.
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

/** The offset of the `}` that closes the hole opened at `open`, on the same line, strings inside skipped, and their holes. */
function holeEnd(text: string, open: number): number | undefined {
  // What is open: a hole with the braces open in it, or (0) a string.
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

/** As `holeEnd`, for a hole without strings and braces inside. */
function plainHoleEnd(text: string, open: number): number | undefined {
  const match = /[{}"\n]/g
  match.lastIndex = open + 1
  const found = match.exec(text)
  return found?.[0] === '}' ? found.index : undefined
}

/** A string literal for `value`, holes not among it. */
export function quote(value: string): string {
  const escaped = value.replace(/["\\{}]/g, (char) => `\\${char}`)
  return `"${escaped.replaceAll('\n', '\\n').replaceAll('\t', '\\t').replaceAll('\r', '\\r')}"`
}
