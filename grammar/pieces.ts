/**
 * Reads a text with syntax errors piece by piece: a piece is a declaration, or whatever stands between two declarations. An unreadable
 * piece gives one problem, the first, and the names that it seems to bind; other pieces are read as usual.
 */

import type { IToken } from 'chevrotain'
import { attempt, type Failure } from './attempt.ts'
import { problemOf } from './errors.ts'
import { habitIn } from './habits/habits.ts'
import { mergeConflicts, withStrays } from './habits/strays.ts'
import { TooDeep } from './parser-base.ts'
import type { SyntaxProblem } from './problem.ts'
import type { Source } from './source.ts'
import type { Declaration } from './syntax.ts'
import * as t from './tokens.ts'

/** Among lost names: any name. The whole text that declares them is unreadable. */
export const anyName = '*'

export interface Pieces {
  readonly declarations: readonly Declaration[]
  readonly problems: readonly SyntaxProblem[]
  readonly lost: ReadonlySet<string>
}

/** The greatest number of problems. A text with more is most likely not a program. */
const maxProblems = 100

/** Reads a text piece by piece. `marks`: the problems that the lexer found. */
export function parsePieces(given: Source & { readonly marks: readonly SyntaxProblem[] }): Pieces {
  const conflicts = mergeConflicts(given)
  const tokens = withStrays(given, conflicts)
  const source: Source = { ...given, tokens }
  const declarations: Declaration[] = []
  const problems: SyntaxProblem[] = [...conflicts]
  const lost = new Set<string>()
  for (const { span } of conflicts) lose(lost, wordsOf(given.text.slice(span.start, span.end)))
  let owed = 0
  for (let at = 0; at < tokens.length; ) {
    // This brace closes something that is not a declaration, and that was reported at its beginning.
    if (owed > 0 && tokens[at]?.tokenType === t.RCurly) {
      owed--
      at++
      continue
    }
    if (problems.length > 0 && continuations.has(tokens[at]?.image ?? '')) {
      at = endOfJunk(tokens, at)
      continue
    }
    if (problems.length >= maxProblems) {
      const start = tokens[at]?.startOffset ?? 0
      problems.push({
        problem: 'too-many-problems',
        most: maxProblems,
        span: { file: given.file, start, end: start + 1 },
      })
      lose(
        lost,
        tokens.slice(at).map(({ image }) => image),
      )
      break
    }
    const piece = readPiece(source, at)
    if (piece.declaration !== undefined) declarations.push(piece.declaration)
    problems.push(...piece.problems)
    lose(lost, piece.lost)
    if (piece.declaration === undefined) owed += openBraces(tokens, at, piece.end)
    at = Math.max(piece.end, at + 1)
  }
  return { declarations, problems: withoutRepeats(problems), lost }
}

/** Problems without repetitions: a word that cannot be a name is reported once. */
function withoutRepeats(problems: readonly SyntaxProblem[]): SyntaxProblem[] {
  const seen = new Set<string>()
  return problems.filter((each) => {
    if (each.problem !== 'letters-of-a-name') return true
    const isNew = !seen.has(each.written)
    seen.add(each.written)
    return isNew
  })
}

/**
 * Whether a problem may be the effect of another one: two values in a row are more often a habit of another language than a missing
 * comma.
 */
export function isDoubtful(problem: SyntaxProblem): boolean {
  return problem.problem === 'missing-comma'
}

interface Piece {
  readonly end: number
  readonly declaration?: Declaration
  readonly problems: readonly SyntaxProblem[]
  readonly lost: readonly string[]
}

function readPiece(source: Source, at: number): Piece {
  const { file, text, tokens } = source
  const first = tokens[at] as IToken
  if (!opensDeclaration(tokens, at)) return junk(source, at, endOfJunk(tokens, at))
  const end = endOfDeclaration(tokens, at)
  const own = tokens.slice(at, end)
  const read = attempt(file, text, own, 0, (parser) => parser.declaration())
  const doubtful = read.problems.find(isDoubtful)
  if (doubtful !== undefined && !(read.failure instanceof TooDeep)) {
    const failedAt = own.findIndex(({ startOffset }) => startOffset >= doubtful.span.start)
    const habit = habitIn({ ...source, tokens: own, failedAt, place: 'declaration' })
    const isSure = habit === undefined && 'isNamed' in doubtful && doubtful.isNamed
    if (!isSure || read.failure !== undefined)
      return { end, problems: [firstOf(read.problems, habit ?? doubtful)], lost: namesIn(own) }
  }
  if (read.failure === undefined)
    return { end, declaration: read.value as Declaration, problems: read.problems, lost: [] }
  const stop = read.failure instanceof TooDeep ? undefined : read.failure.token
  if (stop !== undefined && read.value !== undefined && isNotAllInput(read.failure)) {
    // The declaration was read, and something follows it.
    const rest = tokens.indexOf(stop, at)
    if (rest > at && isApart(tokens, rest, first))
      return { end: rest, declaration: read.value, problems: read.problems, lost: [] }
  }
  // The body of a `for` or an `if` has declarations of its own.
  if (holdsDeclarations(first) && !(read.failure instanceof TooDeep)) {
    const inner = endOfHead(tokens, at, end)
    if (inner !== undefined) return bodyInPieces(source, at, inner, end)
  }
  const problem = problemIn({ ...source, tokens: own }, read.failure, 'declaration', tokens[end])
  return { end, problems: [firstOf(read.problems, problem)], lost: namesIn(own) }
}

/** A piece that does not begin like a declaration. */
function junk(source: Source, at: number, end: number): Piece {
  const { file, text, tokens } = source
  const own = tokens.slice(at, end)
  const read = attempt(file, text, own, 0, (parser) => parser.program())
  const problem = read.failure && problemIn({ ...source, tokens: own }, read.failure, 'junk', tokens[end])
  return { end, problems: problem === undefined ? [] : [problem], lost: namesIn(own) }
}

/** A `for` or an `if` with an error: its head, and the pieces of its bodies. */
function bodyInPieces(source: Source, at: number, body: number, end: number): Piece {
  const { file, text, tokens } = source
  const head = tokens.slice(at, body)
  const closing = {
    ...(tokens[body - 1] as IToken),
    image: '}',
    tokenType: t.RCurly,
    tokenTypeIdx: t.RCurly.tokenTypeIdx!,
  }
  const read = attempt(file, text, [...head, closing], 0, (parser) => parser.declaration())
  const problems: SyntaxProblem[] = []
  const lost = namesIn(head)
  if (read.failure) problems.push(problemIn({ ...source, tokens: head }, read.failure, 'declaration', tokens[body]))
  const isClosed = tokens[end - 1]?.tokenType === t.RCurly
  for (let from = body; from < end - (isClosed ? 1 : 0); ) {
    const behindElse = endOfElse(tokens, from)
    if (behindElse !== undefined) {
      from = behindElse
      continue
    }
    const piece = readPiece({ ...source, tokens: tokens.slice(0, isClosed ? end - 1 : end) }, from)
    problems.push(...piece.problems)
    lost.push(...piece.lost, ...(piece.declaration ? namesIn(tokens.slice(from, piece.end)) : []))
    from = Math.max(piece.end, from + 1)
  }
  // Every part is right, so a brace is wrong.
  if (problems.length === 0) {
    const own = tokens.slice(at, end)
    const { failure } = attempt(file, text, own, 0, (parser) => parser.declaration())
    if (failure instanceof TooDeep) problems.push({ problem: 'too-deep', most: failure.most, span: failure.span })
    else if (failure) problems.push(problemOf(failure, file, text, own, tokens[end]))
  }
  return { end, problems: problems.slice(0, maxProblems), lost }
}

/** The problem that a failure stands for: a habit of another language, if it shows one, else what the grammar expected. */
export function problemIn(
  source: Source,
  failure: Failure,
  place: 'declaration' | 'junk' | 'hole',
  next?: IToken,
): SyntaxProblem {
  if (failure instanceof TooDeep) return { problem: 'too-deep', most: failure.most, span: failure.span }
  const { file, text, tokens } = source
  const found = tokens.indexOf(failure.token)
  const known = habitIn({ ...source, failedAt: found === -1 ? tokens.length : found, place, next }) ?? swallowed(source)
  if (known !== undefined) return known
  const problem = problemOf(failure, file, text, tokens, next)
  // A hole cannot hold a declaration, so the grammar did not expect one.
  return place === 'hole' && problem.problem === 'not-a-declaration'
    ? { problem: 'expected', expected: 'the end of the hole', found: problem.found, span: problem.span }
    : problem
}

/** The problem of a comment that swallowed a bracket, since `//` was meant as a division. */
function swallowed({ file, text, tokens, comments }: Source): SyntaxProblem | undefined {
  const [first, last] = [tokens[0], tokens.at(-1)]
  if (first === undefined || last === undefined) return undefined
  for (const { text: comment, span } of comments) {
    // A comment below the piece is not a part of it.
    if (text.slice(last.startOffset + last.image.length, span.start).includes('\n')) break
    if (span.start < first.startOffset || !/^\/\/ *[\w.]+ *[\])},]/.test(comment)) continue
    const before = text.slice(text.lastIndexOf('\n', span.start) + 1, span.start)
    if (!/[\w)\]] *$/.test(before)) continue
    const help = 'Division is `/`; `//` begins a comment, and the rest of the line is not read.'
    return { problem: 'other-operator', written: '//', help, span: { file, start: span.start, end: span.start + 2 } }
  }
  return undefined
}

/** Problems that may only be effects of a foreign construct at the same place. */
const overtaken: ReadonlySet<SyntaxProblem['problem']> = new Set([
  'missing-value',
  'missing-comma',
  'unnamed-in-block',
  'empty-hole',
])

/** The first problem in the text. A value is not missing if something foreign stands in its place. */
export function firstOf(soft: readonly SyntaxProblem[], hard: SyntaxProblem): SyntaxProblem {
  const isForeign = 'help' in hard
  const others = isForeign ? soft.filter(({ problem }) => !overtaken.has(problem)) : soft
  const [first] = [...others, hard].sort((a, b) => a.span.start - b.span.start)
  return first ?? hard
}

function isNotAllInput(failure: Failure): boolean {
  return failure.name === 'NotAllInputParsedException'
}

/** Whether the text behind a declaration is a piece of its own: it is on a new line, and neither indented nor a block. */
function isApart(tokens: readonly IToken[], at: number, declaration: IToken): boolean {
  const token = tokens[at] as IToken
  if (!isLineFirst(tokens, at) || token.tokenType === t.LCurly) return false
  return (token.startColumn ?? 1) <= (declaration.startColumn ?? 1)
}

export function isLineFirst(tokens: readonly IToken[], at: number): boolean {
  return at === 0 || tokens[at - 1]?.endLine !== tokens[at]?.startLine
}

function opensDeclaration(tokens: readonly IToken[], at: number): boolean {
  const type = tokens[at]?.tokenType
  // An `if` that is not at the margin may be a value.
  if (type === t.Test) return tokens[at + 1]?.tokenType === t.Text
  if (type === t.If) return tokens[at]?.startColumn === 1 && isLineFirst(tokens, at)
  return type !== undefined && t.declarationKeywords.includes(type) && tokens[at + 1]?.tokenType !== t.Colon
}

/** Whether a declaration that begins with a token holds others. */
function holdsDeclarations({ tokenType }: IToken): boolean {
  return tokenType === t.For || tokenType === t.If || tokenType === t.Test
}

/** The index of the next declaration that begins a line; for a `for` or an `if`, the index behind its bodies. */
function endOfDeclaration(tokens: readonly IToken[], at: number): number {
  const body = holdsDeclarations(tokens[at] as IToken) ? endOfHead(tokens, at, tokens.length) : undefined
  if (body !== undefined) {
    let depth = 1
    for (let i = body; i < tokens.length; i++) {
      const type = tokens[i]?.tokenType
      if (type === t.LCurly) depth++
      else if (type === t.RCurly && --depth === 0) {
        const behindElse = endOfElse(tokens, i)
        if (behindElse === undefined) return i + 1
        depth = 1
        i = behindElse - 1
      }
      // A declaration at the left margin is not inside anything.
      else if (opensDeclaration(tokens, i) && tokens[i]?.startColumn === 1 && isLineFirst(tokens, i)) return i
    }
  }
  let end = at + 1
  while (end < tokens.length && !(isLineFirst(tokens, end) && opensDeclaration(tokens, end))) end++
  return end
}

/** The index of the first token in the body behind `} else {` or `} else if … {`; `undefined` if none begins at an index. */
function endOfElse(tokens: readonly IToken[], at: number): number | undefined {
  if (tokens[at]?.tokenType !== t.RCurly || tokens[at + 1]?.tokenType !== t.Else) return undefined
  return endOfHead(tokens, at + 1, tokens.length)
}

/** The index of the first token in the body of a `for` or an `if`. */
function endOfHead(tokens: readonly IToken[], at: number, end: number): number | undefined {
  for (let i = at + 1; i < end; i++) {
    if (tokens[i]?.tokenType === t.LCurly) return i + 1
    if (isLineFirst(tokens, i) && opensDeclaration(tokens, i)) return undefined
  }
  return undefined
}

/** Words that continue the piece above them. */
const continuations = new Set(['else', 'elif', 'except', 'finally', 'catch', 'then', 'end'])

/** The index of the next piece: the next line at the margin, since indented lines belong to the piece above. */
function endOfJunk(tokens: readonly IToken[], at: number): number {
  const margin = tokens[at]?.startColumn ?? 1
  let depth = 0
  for (let i = at; i < tokens.length; i++) {
    const token = tokens[i] as IToken
    const isFirst = i > at && isLineFirst(tokens, i)
    if (isFirst && opensDeclaration(tokens, i)) return i
    const closes = token.tokenType === t.RParen || token.tokenType === t.RCurly || token.tokenType === t.RSquare
    const isDecorator = tokens[at]?.image === '@' && token.startLine === (tokens[at]?.startLine ?? 0) + 1
    const isItem = token.tokenType === t.Minus && tokens[at]?.tokenType === t.Minus
    if (isFirst && depth <= 0 && !closes && !isDecorator && !isItem && !continuations.has(token.image))
      if ((token.startColumn ?? 1) <= margin) return i
    if (token.tokenType === t.LParen || token.tokenType === t.LCurly || token.tokenType === t.LSquare) depth++
    else if (closes) depth--
  }
  return tokens.length
}

/** Names that an unreadable piece may bind: those before its first sign, or all names of an import. */
function namesIn(tokens: readonly IToken[]): string[] {
  const isImport = /^(?:use|import|from|include|require|using)$/.test(tokens[0]?.image ?? '')
  const names: string[] = []
  for (const { tokenType, image } of tokens) {
    if (tokenType === t.Identifier || tokenType === t.RawText || t.isKeyword(image)) names.push(image)
    else if (!isImport && tokenType !== t.Comma && names.length > 0) break
  }
  // The import takes every name.
  if (
    isImport &&
    (tokens.some(({ image }) => image === '*') ||
      !tokens.slice(1).some(({ image }) => /^(?:\{|import|from)$/.test(image)) ||
      names.includes('as'))
  )
    names.push(anyName)
  return names
}

/** The number of braces that a piece opens and does not close. */
function openBraces(tokens: readonly IToken[], at: number, end: number): number {
  let open = 0
  for (let i = at; i < end; i++) {
    if (tokens[i]?.tokenType === t.LCurly) open++
    else if (tokens[i]?.tokenType === t.RCurly) open = Math.max(0, open - 1)
  }
  return open
}

function wordsOf(text: string): string[] {
  return text.match(/[A-Za-z_]\w*/g) ?? []
}

function lose(lost: Set<string>, names: readonly string[]): void {
  for (const name of names) lost.add(name)
}
