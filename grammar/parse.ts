/** Parses a text to a syntax tree and a list of problems. Never throws, whatever the text. */

import type { IToken } from 'chevrotain'
import { attempt, readHolesBy } from './attempt.ts'
import type { ParserBase } from './parser-base.ts'
import { firstOf, isDoubtful, parsePieces, problemIn } from './pieces.ts'
import type { SyntaxProblem } from './problem.ts'
import type { Span } from './span.ts'
import type { Comment, Declaration, Expression, Program } from './syntax.ts'
import { Identifier, isKeyword, lexer } from './tokens.ts'

export interface Parsed {
  readonly program: Program
  readonly problems: readonly SyntaxProblem[]
  /** Names that unreadable declarations seem to bind, so that nobody reports these names as unknown. */
  readonly lost: ReadonlySet<string>
}

export interface ParsedExpression {
  readonly expression: Expression
  readonly problems: readonly SyntaxProblem[]
}

/** Parses a file. */
export function parse(file: string, text: string): Parsed {
  const unreadable = unreadableText(file, text)
  if (unreadable !== undefined)
    return { program: withDocs(file, text, [], []), problems: [unreadable], lost: new Set() }
  const { tokens, comments, problems } = tokenize(file, text, 0)
  const whole = problems.some(isHard) ? undefined : attempt(file, text, tokens, 0, (parser) => parser.program() ?? [])
  if (whole !== undefined && whole.failure === undefined && !whole.problems.some(isDoubtful))
    return {
      program: withDocs(file, text, whole.value ?? [], comments),
      problems: tidy([...problems, ...whole.problems]),
      lost: new Set(),
    }
  const pieces = parsePieces({ file, text, tokens, comments, marks: problems })
  return {
    program: withDocs(file, text, pieces.declarations, comments),
    problems: tidy([...problems.filter((problem) => !isHard(problem)), ...pieces.problems]),
    lost: pieces.lost,
  }
}

/** The greatest length of a program, in UTF-16 units. Nobody writes a longer one by hand. */
export const maxCharacters = 8 * 2 ** 20

/** The reason not to read a text at all. */
function unreadableText(file: string, text: string): SyntaxProblem | undefined {
  // Decoding turns bytes that are not UTF-8 into this character. A path with it would not name the file that was meant.
  const replaced = text.indexOf('\ufffd')
  if (replaced !== -1) return { problem: 'not-utf-8', span: { file, start: replaced, end: replaced + 1 } }
  const start = text.length - 1
  if (text.length > maxCharacters)
    return { problem: 'too-long', most: maxCharacters, span: { file, start, end: start + 1 } }
  return undefined
}

/** Parses a text that is a single expression, such as the value of `-p name=value`. */
export function parseExpression(file: string, text: string): ParsedExpression {
  const { expression, found } = readExpression(file, text, 0, text.length, 0)
  return { expression, problems: found }
}

/** The tokens of a text, its comments and the problems of both. Offsets are counted from `offset`. */
export function tokenize(file: string, text: string, offset: number) {
  const lexed = lexer().tokenize(text)
  if (offset > 0) for (const token of lexed.tokens) shift(token, offset)
  const comments: Comment[] = (lexed.groups.comments ?? []).map((token) => {
    const start = token.startOffset + offset
    return { text: token.image.trimEnd(), span: { file, start, end: start + token.image.trimEnd().length } }
  })
  const problems: SyntaxProblem[] = lexed.errors.map((error) => ({
    problem: 'unexpected-character',
    text: text.slice(error.offset, error.offset + error.length),
    span: { file, start: error.offset + offset, end: error.offset + error.length + offset },
  }))
  const [first, ...others] = comments.filter((comment) => comment.text.startsWith('#'))
  // One message stands for all of them: an author who writes one such comment writes many.
  if (first !== undefined)
    problems.push({ problem: 'unexpected-character', text: '#', more: others.length, span: first.span })
  return { tokens: lexed.tokens, comments, problems }
}

/** Whether a problem of the lexer makes the text unreadable. Only a comment that begins with `#` does not. */
function isHard(problem: SyntaxProblem): boolean {
  return !(problem.problem === 'unexpected-character' && problem.text === '#')
}

function readExpression(file: string, text: string, start: number, end: number, depth: number) {
  const { tokens, problems } = tokenize(file, text.slice(start, end), start)
  const missing: Expression = { type: 'missing', span: { file, start, end } }
  const [first] = problems
  if (first !== undefined) return { expression: missing, found: [first] }
  const read = attempt(file, text.slice(0, end), tokens, depth, (parser) => parser.expression())
  if (read.failure === undefined) return { expression: read.value ?? missing, found: tidy(read.problems) }
  const piece = { file, text: text.slice(0, end), tokens, comments: [] }
  return { expression: missing, found: [firstOf(read.problems, problemIn(piece, read.failure, 'hole'))] }
}

/** Parses the hole of a string, between two offsets. */
export function parseHole(outer: ParserBase, start: number, end: number): Expression {
  const { file, text } = outer
  const inside = text.slice(start, end)
  // Nearly every hole is a name, which needs no parser.
  const name = /^\s*([A-Za-z_]\w*)\s*$/.exec(inside)?.[1]
  if (name !== undefined && !isKeyword(name)) {
    const at = start + inside.indexOf(name)
    return { type: 'name', name, span: { file, start: at, end: at + name.length } }
  }
  const { expression, found } = readExpression(file, text, start, end, outer.depth + 1)
  outer.problems.push(...found)
  return expression
}

readHolesBy(parseHole)

/** Problems in the order of the text, the first for each place: later ones at the same place follow from the first. */
function tidy(problems: readonly SyntaxProblem[]): SyntaxProblem[] {
  const sorted = [...problems].sort((a, b) => a.span.start - b.span.start)
  return sorted.filter((problem, i) => {
    const before = sorted[i - 1]
    if (before === undefined) return true
    // Whatever is missing behind an unclosed string is most likely inside the string.
    if (before.problem === 'unterminated-string' && problem.span.start <= before.span.end) return false
    return before.span.start !== problem.span.start
  })
}

function shift(token: IToken, by: number): void {
  token.startOffset += by
  if (token.endOffset !== undefined) token.endOffset += by
}

/** Attaches `///` comments to the declarations below them. One at the top of the file with nothing directly below it documents the file. */
function withDocs(
  file: string,
  text: string,
  declarations: readonly Declaration[],
  comments: readonly Comment[],
): Program {
  const before = (offset: number): { doc?: string; first: number } => {
    const lines: string[] = []
    let below = offset
    for (let i = comments.findLastIndex((comment) => comment.span.end <= offset); i >= 0; i--) {
      const comment = comments[i] as Comment
      if (!comment.text.startsWith('///') || !/^[ \t\r]*\n[ \t]*$/.test(text.slice(comment.span.end, below))) break
      lines.unshift(comment.text.slice(3).replace(/^ /, ''))
      below = comment.span.start
    }
    return lines.length === 0 ? { first: offset } : { doc: lines.join('\n'), first: below }
  }
  const withDoc = (declaration: Declaration): Declaration => {
    const { doc } = before(declaration.span.start)
    const whole = withBodies(declaration, (body) => body.map(withDoc))
    return doc === undefined ? whole : { ...whole, doc }
  }
  // A comment above the first import documents the file, since imports have no documentation.
  const documented = declarations.map((declaration, index) =>
    index === 0 && declaration.type === 'use' ? declaration : withDoc(declaration),
  )
  const span: Span = { file, start: 0, end: text.length }
  const first = comments[0]
  let doc: string | undefined
  if (first?.text.startsWith('///') && text.slice(0, first.span.start).trim() === '') {
    const top: string[] = []
    let end = first.span.start
    for (const comment of comments) {
      if (!comment.text.startsWith('///') || !/^\s*$/.test(text.slice(end, comment.span.start))) break
      if (top.length > 0 && /\n[ \t\r]*\n/.test(text.slice(end, comment.span.start))) break
      top.push(comment.text.slice(3).replace(/^ /, ''))
      end = comment.span.end
    }
    const next = declarations[0]
    const touches = next !== undefined && /^[ \t\r]*\n[ \t]*$/.test(text.slice(end, next.span.start))
    if (!touches || next.type === 'use') doc = top.join('\n')
  }
  return { type: 'program', file, ...(doc === undefined ? {} : { doc }), declarations: documented, comments, span }
}

/** A declaration with the declarations in it changed. */
function withBodies(
  declaration: Declaration,
  change: (body: readonly Declaration[]) => readonly Declaration[],
): Declaration {
  if (declaration.type === 'for' || declaration.type === 'test')
    return { ...declaration, body: change(declaration.body) }
  if (declaration.type !== 'if') return declaration
  return { ...declaration, branches: declaration.branches.map((each) => ({ ...each, body: change(each.body) })) }
}

/** Whether a text is a name of the language. */
export function isName(text: string): boolean {
  const pattern = Identifier.PATTERN as RegExp
  return new RegExp(`^(?:${pattern.source})$`).test(text) && !isKeyword(text)
}
