/**
 * Splits a template into tokens like jinja2's lexer with `trim_blocks` and `lstrip_blocks`, the settings of transformers: the newline
 * after a `{% … %}` is dropped, and so are blanks before a `{% … %}` that is first on its line.
 */

import { JinjaError } from './limits.ts'

export type TokenKind =
  | 'data'
  | 'block'
  | 'block end'
  | 'output'
  | 'output end'
  | 'name'
  | 'string'
  | 'number'
  | 'operator'

export interface Token {
  readonly kind: TokenKind
  /** The value of a string, otherwise the source text. */
  readonly text: string
  readonly line: number
}

const operators = /\*\*|\/\/|==|!=|>=|<=|[-+/*%~[\](){}<>=.:|,;]/y
const number = /0[xX][\da-fA-F]+|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?/y
const word = /[\p{L}\p{Nl}_][\p{L}\p{N}\p{M}_]*/uy
const quoted = /'[^'\\]*(?:\\[\s\S][^'\\]*)*'|"[^"\\]*(?:\\[\s\S][^"\\]*)*"/y
const blanks = /\s+/y
const blockEnd = /\+%\}|-%\}\s*|%\}\n?/y
const outputEnd = /-\}\}\s*|\}\}/y
const opening: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

export function tokensOf(template: string): Token[] {
  const source = template.replace(/\r\n?/g, '\n').replace(/\n$/, '')
  const tokens: Token[] = []
  let at = 0
  let line = 1
  /** Whether the next token is first on its line. */
  let fresh = true

  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    return pattern.exec(source)?.[0]
  }
  const skip = (text: string) => {
    at += text.length
    for (const character of text) if (character === '\n') line++
  }
  const push = (kind: TokenKind, text: string) => tokens.push({ kind, text, line })
  const fail = (problem: string): never => {
    throw new JinjaError(`line ${line}: ${problem}`)
  }

  /** Adds the text before a tag, without the white space that the tag removes. */
  const data = (text: string, sign: string, tag: string) => {
    let kept = text
    if (sign === '-') kept = text.trimEnd()
    else if (sign !== '+' && tag !== '{{') {
      const start = text.lastIndexOf('\n') + 1
      if ((start > 0 || fresh) && text.slice(start).trim() === '') kept = text.slice(0, start)
    }
    if (kept !== '') push('data', kept)
    skip(text)
  }

  /** Adds the tokens of an expression up to the end of its tag. */
  const inside = (end: RegExp, kind: TokenKind) => {
    const open: string[] = []
    for (;;) {
      const blank = match(blanks)
      if (blank !== undefined) skip(blank)
      const closing = open.length === 0 ? match(end) : undefined
      if (closing !== undefined) {
        push(kind, closing)
        skip(closing)
        fresh = closing.endsWith('\n')
        return
      }
      if (at >= source.length) fail(`a tag is not closed`)
      const text = match(quoted)
      if (text !== undefined) {
        push('string', unescaped(text.slice(1, -1)))
        skip(text)
        continue
      }
      const name = match(word)
      // A number after a dot is an index: `a.0.1`.
      const digits = tokens.at(-1)?.text === '.' && tokens.at(-1)?.kind === 'operator' ? match(/\d+/y) : match(number)
      const operator = match(operators)
      if (name !== undefined) push('name', name)
      else if (digits !== undefined) push('number', digits.replaceAll('_', ''))
      else if (operator !== undefined) {
        if (operator in opening) open.push(opening[operator]!)
        else if (')]}'.includes(operator) && open.pop() !== operator) fail(`unexpected '${operator}'`)
        push('operator', operator)
      } else fail(`unexpected character ${JSON.stringify(source[at])}`)
      skip((name ?? digits ?? operator)!)
    }
  }

  while (at < source.length) {
    const found = /\{[{%#]/g
    found.lastIndex = at
    const tag = found.exec(source)
    if (tag === null) {
      push('data', source.slice(at))
      break
    }
    const sign = source[tag.index + 2] ?? ''
    data(source.slice(at, tag.index), sign, tag[0])
    const raw = match(/\{%[-+]?\s*raw\s*(?:-%\}\s*|%\}\n?)/y)
    if (raw !== undefined) {
      skip(raw)
      const end = /([\s\S]*?)(\{%([-+]?)\s*endraw\s*(?:-%\}\s*|\+%\}|%\}\n?))/y
      end.lastIndex = at
      const closed = end.exec(source)
      if (closed === null) return fail('{% raw %} is not closed')
      fresh = false
      data(closed[1]!, closed[3]!, '{%')
      skip(closed[2]!)
      fresh = closed[2]!.endsWith('\n')
    } else if (tag[0] === '{#') {
      const comment = match(/\{#[\s\S]*?(?:\+#\}|-#\}\s*|#\}\n?)/y)
      if (comment === undefined) return fail('a comment is not closed')
      skip(comment)
      fresh = comment.endsWith('\n')
    } else {
      const isBlock = tag[0] === '{%'
      push(isBlock ? 'block' : 'output', tag[0])
      skip(sign === '-' || (sign === '+' && isBlock) ? tag[0] + sign : tag[0])
      inside(isBlock ? blockEnd : outputEnd, isBlock ? 'block end' : 'output end')
    }
  }
  return tokens
}

const simple: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '\n': '',
}

/** Replaces the escapes of a string literal as Python does. Unknown escapes stay. */
function unescaped(text: string): string {
  const escapes = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|([\s\S]))/g
  return text.replace(escapes, (whole, x, u, long, octal, character) => {
    const code = x ?? u ?? long
    if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16))
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8))
    return simple[character as string] ?? whole
  })
}
