/**
 * The surroundings of the cursor in a file that is being typed: the brackets and calls around it, and the word before it. They are read from
 * the tokens of the declaration around the cursor, because the parser gives no tree for text that is not complete.
 */

import type { tokenize } from '../../grammar/parse.ts'
import { lexer } from '../../grammar/tokens.ts'

type Token = ReturnType<typeof tokenize>['tokens'][number]

/** A bracket that is open at the cursor. */
export interface Frame {
  readonly sort: 'call' | 'list' | 'body' | 'parentheses' | 'imports'
  /** With `call`: the name of the callee, and whether an argument is piped into it. */
  readonly callee?: string
  readonly calleeAt?: number
  readonly isPiped?: boolean
  /** With `call`: whether these are the parameters of a declaration, rather than arguments. */
  readonly isHeader?: boolean
  /** With `call`: whether the cursor is in the block behind the parentheses, which has named arguments only. */
  isBlock?: boolean
  /** With `call`: the names of the arguments before the cursor. */
  readonly given: string[]
  /** With `call`: how many arguments without a name are before the cursor. */
  positional: number
  /** With `call`: the name of the argument that the cursor is in. */
  argument?: string
  /** With `body`: the keyword of the declaration: `filter`, `block`, `model`, `for`, `repeat`, `if`. */
  readonly keyword?: string
}

export interface Cursor {
  /** The offset of the word that the cursor is in or behind; the cursor itself if there is none. */
  readonly start: number
  /** The end of that word. */
  readonly end: number
  /** The word up to the cursor. */
  readonly prefix: string
  /** The open brackets, from the outermost. */
  readonly frames: readonly Frame[]
  /** The keyword of the declaration around the cursor: `stage`, `expect`. */
  readonly declaration: string | undefined
  /** The text before the word: `|>`, `.`, `:`, a name; empty at the beginning of a declaration. */
  readonly before: string
  /** The text of the token before that. */
  readonly beforeThat: string
  /** Whether the word is the first on its line. */
  readonly isLineFirst: boolean
  /** Whether an argument of the innermost call can begin here. */
  readonly isNewArgument: boolean
  /** With `string`: the text between the opening quote and the cursor. */
  readonly inside: 'code' | 'string' | 'comment'
  readonly written: string
  /** All tokens of the declaration before the word. */
  readonly images: readonly string[]
}

const opener = /^(?:use|param|let|data|tokenizer|model|stage|filter|op|block|expect|export|for|if|test(?=\s*"))\b/

/** The offset of the declaration at the left margin that an offset is in. */
function declarationStart(text: string, offset: number): number {
  let line = text.lastIndexOf('\n', offset - 1) + 1
  for (;;) {
    if (opener.test(text.slice(line, line + 12))) return line
    if (line === 0) return 0
    line = text.lastIndexOf('\n', line - 2) + 1
  }
}

/** Reads the surroundings of an offset. */
export function cursorAt(text: string, offset: number): Cursor {
  const from = declarationStart(text, offset)
  const before = text.slice(from, offset)
  const { tokens, groups } = lexer().tokenize(before)
  const comment = groups.comments?.at(-1)
  const last = tokens.at(-1)
  const inside = isInComment(comment, before) ? 'comment' : isOpenString(last) ? 'string' : 'code'
  const word = inside === 'code' ? (/[A-Za-z_]\w*$/.exec(before)?.[0] ?? '') : ''
  const start = offset - word.length
  const complete = tokens.filter((token) => token.startOffset + from + token.image.length <= start)
  const rest = inside === 'code' ? (/^\w*/.exec(text.slice(offset))?.[0] ?? '') : ''
  const images = complete.map(({ image }) => image)
  const frames = framesOf(complete, from)
  const isLineFirst = /^[ \t]*$/.test(text.slice(text.lastIndexOf('\n', start - 1) + 1, start))
  const frame = frames.at(-1)
  // An argument on a line of its own needs no comma before it.
  const isNewArgument = isLineFirst && frame?.sort === 'call' && endsValue(images.at(-1))
  if (isNewArgument) endArgument(frame, complete.at(-1))
  frames.findLast(({ sort }) => sort === 'call')?.given.push(...namesBehind(text, offset, frames))
  return {
    start,
    end: offset + rest.length,
    prefix: word,
    frames,
    declaration: declarationOf(complete),
    before: images.at(-1) ?? '',
    beforeThat: images.at(-2) ?? '',
    isLineFirst,
    isNewArgument:
      isNewArgument || ['(', ','].includes(images.at(-1) ?? '') || (frame?.isBlock === true && images.at(-1) === '{'),
    inside,
    written: inside === 'string' ? (last?.image ?? '').replace(/^r?"/, '') : '',
    images,
  }
}

function isInComment(comment: Token | undefined, before: string): boolean {
  return comment !== undefined && comment.startOffset + comment.image.length === before.length
}

/** Whether a string has no closing quote, so that the cursor is inside. */
function isOpenString(token: Token | undefined): boolean {
  if (token === undefined || !/^r?"/.test(token.image)) return false
  return /^r?"$/.test(token.image) || !token.image.endsWith('"') || /[^\\](?:\\\\)*\\"$/.test(token.image)
}

/** The keyword of the innermost declaration: of one in the body of a `for`, if the cursor is in one. */
function declarationOf(tokens: readonly Token[]): string | undefined {
  let depth = 0
  for (let at = tokens.length - 1; at >= 0; at--) {
    const { image } = tokens[at] as Token
    if (image === '}' || image === ')' || image === ']') depth++
    else if (image === '{' || image === '(' || image === '[') depth--
    const isFirst = at === 0 || tokens[at - 1]?.endLine !== tokens[at]?.startLine
    // An `if` behind a sign is a value.
    const isValue = image === 'if' && at > 0 && !endsValue(tokens[at - 1]?.image) && tokens[at - 1]?.image !== '{'
    if (depth <= 0 && isFirst && !isValue && opener.test(image) && tokens[at + 1]?.image !== ':') return image
  }
  return undefined
}

function framesOf(tokens: readonly Token[], from: number): Frame[] {
  const frames: Frame[] = []
  /** The call whose parentheses were closed last, which a block may follow. */
  let closed: Frame | undefined
  for (const [at, token] of tokens.entries()) {
    const { image } = token
    const previous = tokens[at - 1]
    const frame = frames.at(-1)
    switch (image) {
      case '(':
        frames.push(openParenthesis(tokens, at, from))
        break
      case '[':
        frames.push({ sort: 'list', given: [], positional: 0 })
        break
      case '{': {
        const isBlock = closed !== undefined && previous?.image === ')' && previous.endLine === token.startLine
        if (isBlock && closed !== undefined) frames.push({ ...closed, given: [...closed.given], isBlock: true })
        else
          frames.push({
            sort: tokens[0]?.image === 'use' ? 'imports' : 'body',
            given: [],
            positional: 0,
            ...bodyOf(tokens, at),
          })
        break
      }
      case ')':
      case ']':
      case '}': {
        const popped = frames.pop()
        endArgument(popped, previous)
        closed = image === ')' && popped?.sort === 'call' && !popped.isHeader ? popped : undefined
        break
      }
      case ',':
        endArgument(frame, previous)
        break
      case ':':
        if (frame?.sort === 'call' && previous !== undefined && /^[A-Za-z_]\w*$/.test(previous.image)) {
          frame.argument = previous.image
          frame.given.push(previous.image)
        }
        break
      default:
        // A new line before a named argument ends the one before, as a comma does.
        if (frame?.sort === 'call' && previous?.endLine !== token.startLine && tokens[at + 1]?.image === ':')
          endArgument(frame, previous)
    }
  }
  const innermost = frames.at(-1)
  if (innermost?.sort === 'imports')
    for (const { image } of tokens.slice(3)) if (/^\w+$/.test(image)) innermost.given.push(image)
  return frames
}

/** Whether a value can end with a token. */
function endsValue(image: string | undefined): boolean {
  return image !== undefined && /[\w"\])}%]$/.test(image) && !/^(?:and|or|not|in|if|else)$/.test(image)
}

/** How far behind the cursor the arguments of its call are looked for, in characters. */
const maxBehind = 4_000

/** The names of the arguments behind the cursor in the innermost call: up to its end, with the block behind its parentheses. */
function namesBehind(text: string, offset: number, frames: readonly Frame[]): string[] {
  const from = frames.findLastIndex(({ sort }) => sort === 'call')
  const { tokens } = lexer().tokenize(text.slice(offset, offset + maxBehind))
  const names: string[] = []
  // Brackets inside of the call are closed first.
  let depth = frames.length - 1 - from
  for (const [at, { image, endLine, startLine }] of tokens.entries()) {
    const isFirst = at > 0 && tokens[at - 1]?.endLine !== startLine
    if (isFirst && image !== 'if' && opener.test(image) && tokens[at + 1]?.image !== ':') break
    if (image === '(' || image === '[' || image === '{') depth++
    else if (image === ')' || image === ']' || image === '}') {
      if (--depth >= 0) continue
      const next = tokens[at + 1]
      if (image !== ')' || next?.image !== '{' || next.startLine !== endLine) break
      depth = -1
    } else if (image === ':' && depth === 0) names.push(tokens[at - 1]?.image ?? '')
  }
  return names
}

function openParenthesis(tokens: readonly Token[], at: number, from: number): Frame {
  const callee = tokens[at - 1]
  const isCall = callee !== undefined && /^[A-Za-z_]\w*$/.test(callee.image) && callee.endLine === tokens[at]?.startLine
  if (!isCall) return { sort: 'parentheses', given: [], positional: 0 }
  const isPiped = tokens[at - 2]?.image === '|>'
  return {
    sort: 'call',
    callee: callee.image,
    calleeAt: callee.startOffset + from,
    isPiped,
    isHeader: headers.has(tokens[at - 2]?.image ?? ''),
    given: [],
    positional: isPiped ? 1 : 0,
  }
}

/** Counts the argument that ends before a comma or a closing bracket. */
function endArgument(frame: Frame | undefined, previous: Token | undefined): void {
  if (frame?.sort !== 'call') return
  if (frame.argument === undefined && previous?.image !== '(' && previous?.image !== ',') frame.positional++
  delete frame.argument
}

/** The keywords of declarations with parameters. */
const headers: ReadonlySet<string> = new Set(['let', 'filter', 'op', 'block', 'model'])

/** The keyword that a body belongs to. */
function bodyOf(tokens: readonly Token[], at: number): { readonly keyword?: string } {
  for (let i = at - 1; i >= 0; i--) {
    const { image } = tokens[i] as Token
    if (
      ['filter', 'block', 'model', 'for', 'repeat', 'if', 'else', 'test'].includes(image) &&
      tokens[i + 1]?.image !== ':'
    )
      return { keyword: image }
  }
  return {}
}
