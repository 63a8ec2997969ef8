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

/** Scans the string whose opening quote is at `start`. A string stays on its line. */
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
      const close = holeEnd(text, at)
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
      literal += char
      at++
    }
  }
  return done(at, false)
}

/** The offset of the `}` that closes the hole opened at `open`, on the same line, strings inside skipped. */
function holeEnd(text: string, open: number): number | undefined {
  let depth = 0
  for (let at = open; at < text.length && text[at] !== '\n'; at++) {
    const char = text[at]
    if (char === '{') depth++
    else if (char === '}') {
      depth--
      if (depth === 0) return at
    } else if (char === '"') {
      // A quote in a hole opens a string; one that nothing closes ends the outer string, and the hole was never closed.
      const inner = scanString(text, at)
      if (!inner.closed) return undefined
      at = inner.end - 1
    }
  }
  return undefined
}

/** A string literal for `value`, holes not among it. */
export function quote(value: string): string {
  const escaped = value.replace(/["\\{}]/g, (char) => `\\${char}`)
  return `"${escaped.replaceAll('\n', '\\n').replaceAll('\t', '\\t').replaceAll('\r', '\\r')}"`
}
