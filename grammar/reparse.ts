/**
 * Parses a text that differs little from one that was parsed before, as in an editor: only the declarations around the difference are parsed
 * again. The result is the one that `parse` gives.
 *
 * The other declarations are the same objects as before, so that whatever is known about them stays known. Their spans are moved in
 * place, so the earlier tree no longer fits its text.
 */

import { maxCharacters, type Parsed, parse } from './parse.ts'
import type { SyntaxProblem } from './problem.ts'
import type { Span } from './span.ts'
import type { Comment, Declaration } from './syntax.ts'

export interface ParsedText {
  readonly text: string
  readonly parsed: Parsed
}

/** Parses a text with the help of the tree of an earlier text of the same file. This tree must not be used afterwards. */
export function reparse(file: string, text: string, before: ParsedText | undefined): Parsed {
  return (before && reparsePart(file, text, before)) ?? parse(file, text)
}

/** `undefined` if the whole text has to be parsed. */
function reparsePart(file: string, text: string, { text: old, parsed }: ParsedText): Parsed | undefined {
  const { program, problems } = parsed
  const { declarations, comments } = program
  if (text.length > maxCharacters || problems.some(isOfTheWhole)) return undefined
  const [start, end] = changed(old, text, problems)
  // A declaration that touches the difference may go on into it.
  const kept = declarations.findLastIndex(({ span }) => span.end < start) + 1
  const next = declarations.findIndex(({ span }) => span.start > end)
  const rest = next === -1 ? declarations.length : next
  if (kept === 0 && next === -1) return undefined
  if (problems.length > 0 && !isCleanFrom(old, declarations, rest)) return undefined
  // The declarations before and behind the difference are parsed too, since they decide how unreadable text between them is read.
  const [before, behind] = [declarations[kept - 1], declarations[next]]
  const from = before === undefined ? 0 : lineStart(old, declarationStart(comments, old, before))
  const to = behind === undefined ? old.length : behind.span.end
  if (from < (declarations[kept - 2]?.span.end ?? 0)) return undefined
  const moved = text.length - old.length
  const read = parse(file, text.slice(from, to + moved))
  const found = read.program.declarations
  if (read.problems.some(isOfTheWhole)) return undefined
  if (before !== undefined && !isAt(found[0], before, -from)) return undefined
  if (behind !== undefined && !isAt(found.at(-1), behind, moved - from)) return undefined
  if (before !== undefined && behind !== undefined && found.length < 2) return undefined
  if (read.problems.length > 0 && hasMarginalIf(old, declarations, start, end)) return undefined
  // The comment above a declaration is a part of it.
  const isNew = behind !== undefined && found.at(-1)?.doc !== behind.doc
  const middle = found.slice(before === undefined ? 0 : 1, behind === undefined || isNew ? found.length : -1)
  const later = declarations.slice(isNew ? rest + 1 : rest)
  const laterComments = comments.filter(({ span }) => span.start >= to)
  moveInPlace([later, laterComments], moved)
  moveInPlace([middle, read.program.comments, read.problems], from)
  const { doc: _, ...undocumented } = program
  const { doc } = before === undefined ? read.program : program
  return {
    program: {
      ...undocumented,
      ...(doc === undefined ? {} : { doc }),
      declarations: [...declarations.slice(0, kept), ...middle, ...later],
      comments: [...comments.filter(({ span }) => span.start < from), ...read.program.comments, ...laterComments],
      span: { ...program.span, end: text.length },
    },
    problems: read.problems,
    lost: read.lost,
  }
}

/** Whether a problem stands for others elsewhere in the text, or for the whole text. */
function isOfTheWhole(problem: SyntaxProblem): boolean {
  switch (problem.problem) {
    case 'not-utf-8':
    case 'too-long':
    case 'too-many-problems':
    case 'letters-of-a-name':
    case 'merge-conflict':
      return true
    case 'unexpected-character':
      return problem.text === '#'
    default:
      return false
  }
}

/** The piece of an old text that a new one replaces, from the first to the last difference, and the problems of the old one. */
function changed(old: string, text: string, problems: readonly SyntaxProblem[]): readonly [start: number, end: number] {
  const shorter = Math.min(old.length, text.length)
  let start = 0
  while (start < shorter && old.charCodeAt(start) === text.charCodeAt(start)) start++
  let same = 0
  while (same < shorter - start && old.charCodeAt(old.length - 1 - same) === text.charCodeAt(text.length - 1 - same))
    same++
  let end = old.length - same
  for (const { span } of problems) {
    start = Math.min(start, span.start)
    end = Math.max(end, span.end)
  }
  return [start, end]
}

/**
 * Whether only space and comments stand between declarations from an index on, and behind the last. Behind a problem, the parser passes over
 * what seems to belong to it, such as a closing brace.
 */
function isCleanFrom(text: string, declarations: readonly Declaration[], from: number): boolean {
  for (let at = from; at < declarations.length; at++)
    if (!space.test(text.slice(declarations[at]!.span.end, declarations[at + 1]?.span.start ?? text.length)))
      return false
  return true
}

/**
 * Whether an `if` that is a value stands at the margin, outside of a difference. If the text has a problem, the parser takes such an `if` for a
 * declaration.
 */
function hasMarginalIf(text: string, declarations: readonly Declaration[], start: number, end: number): boolean {
  return [...text.matchAll(/^if\b/gm)].some(
    ({ index }) => (index < start || index > end) && declarations.every(({ span }) => span.start !== index),
  )
}

const space = /^(?:\s|\/\/[^\n]*(?:\n|$))*$/

/** Whether a declaration was found where another one was before, moved by `by`. Its text is the same, so the declaration is. */
function isAt(found: Declaration | undefined, { span: { start, end } }: Declaration, by: number): boolean {
  return found?.span.start === start + by && found.span.end === end + by
}

/** The offset of a declaration with the comments above it that document it. */
function declarationStart(comments: readonly Comment[], text: string, { span }: Declaration): number {
  let start = span.start
  for (let at = comments.findLastIndex((comment) => comment.span.end <= start); at >= 0; at--) {
    const comment = comments[at]!
    if (!comment.text.startsWith('///') || !/^[ \t\r]*\n[ \t]*$/.test(text.slice(comment.span.end, start))) break
    start = comment.span.start
  }
  return start
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1
}

/** Moves all spans in nodes. Several nodes can have the same span, and both branches of an `if` have the same condition. */
function moveInPlace(nodes: readonly unknown[], by: number): void {
  if (by === 0) return
  const seen = new Set<object>()
  const todo: unknown[] = [...nodes]
  while (todo.length > 0) {
    const node = todo.pop()
    if (typeof node !== 'object' || node === null) continue
    if (!isSpan(node)) for (const key in node) todo.push((node as Record<string, unknown>)[key])
    else if (!seen.has(node)) {
      seen.add(node)
      const span = node as { -readonly [Name in keyof Span]: Span[Name] }
      span.start += by
      span.end += by
    }
  }
}

function isSpan(node: object): node is Span {
  return 'file' in node && 'start' in node && 'end' in node
}
