/**
 * Parses a text that differs little from one that was parsed before, as in an editor. The result is the one that `parse` gives. Only the
 * declarations around the difference are parsed again, unless there are problems: how an unreadable text is read depends on the text around it.
 *
 * The other declarations are the same objects as before, so that whatever is known about them stays known. Their spans are moved in
 * place, so the earlier tree no longer fits its text.
 */

import { maxCharacters, type Parsed, parse } from './parse.ts'
import type { Span } from './span.ts'
import type { Comment, Declaration } from './syntax.ts'

export interface ParsedText {
  readonly text: string
  readonly parsed: Parsed
}

/** Parses a text with the help of the tree of an earlier text of the same file. This tree must not be used afterwards. */
export function reparse(file: string, text: string, before: ParsedText | undefined): Parsed {
  if (before === undefined) return parse(file, text)
  return reparsePart(file, text, before) ?? withEarlierObjects(parse(file, text), before.parsed)
}

/** A tree in which the first and the last declarations that are the same as in an earlier tree are the objects of that, with moved spans. */
function withEarlierObjects(parsed: Parsed, { program: { declarations: earlier } }: Parsed): Parsed {
  const declarations = [...parsed.program.declarations]
  const most = Math.min(declarations.length, earlier.length)
  const replace = (at: number, from: number): boolean => {
    const [now, before] = [declarations[at]!, earlier[from]!]
    const by = now.span.start - before.span.start
    if (!isMoved(now, before, by)) return false
    moveInPlace([before], by)
    declarations[at] = before
    return true
  }
  let first = 0
  while (first < most && replace(first, first)) first++
  let last = 1
  while (last <= most - first && replace(declarations.length - last, earlier.length - last)) last++
  return { ...parsed, program: { ...parsed.program, declarations } }
}

/** Whether two nodes are the same except that all spans of the first are moved by `by`. */
function isMoved(now: unknown, before: unknown, by: number): boolean {
  if (typeof now !== 'object' || typeof before !== 'object' || now === null || before === null) return now === before
  if (isSpan(now) && isSpan(before))
    return now.file === before.file && now.start === before.start + by && now.end === before.end + by
  const [a, b] = [now as Record<string, unknown>, before as Record<string, unknown>]
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => name in b && isMoved(a[name], b[name], by))
}

/** `undefined` if the whole text has to be parsed. */
function reparsePart(file: string, text: string, { text: old, parsed }: ParsedText): Parsed | undefined {
  const { program, problems } = parsed
  const { declarations, comments } = program
  if (text.length > maxCharacters || problems.length > 0) return undefined
  const [start, end] = changed(old, text)
  // A declaration that touches the difference may go on into it.
  const kept = declarations.findLastIndex(({ span }) => span.end < start) + 1
  const next = declarations.findIndex(({ span }) => span.start > end)
  const rest = next === -1 ? declarations.length : next
  if (kept === 0 && next === -1) return undefined
  // The declarations before and behind the difference are parsed too: the text between them may belong to them.
  const [before, behind] = [declarations[kept - 1], declarations[next]]
  const from = before === undefined ? 0 : lineStart(old, declarationStart(comments, old, before))
  const to = behind === undefined ? old.length : behind.span.end
  if (from < (declarations[kept - 2]?.span.end ?? 0)) return undefined
  const moved = text.length - old.length
  const read = parse(file, text.slice(from, to + moved))
  const found = read.program.declarations
  if (read.problems.length > 0) return undefined
  if (before !== undefined && !isAt(found[0], before, -from)) return undefined
  if (behind !== undefined && !isAt(found.at(-1), behind, moved - from)) return undefined
  if (before !== undefined && behind !== undefined && found.length < 2) return undefined
  // The comment above a declaration is a part of it.
  const isNew = behind !== undefined && found.at(-1)?.doc !== behind.doc
  const middle = found.slice(before === undefined ? 0 : 1, behind === undefined || isNew ? found.length : -1)
  const later = declarations.slice(isNew ? rest + 1 : rest)
  const laterComments = comments.filter(({ span }) => span.start >= to)
  moveInPlace([later, laterComments], moved)
  moveInPlace([middle, read.program.comments], from)
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

/** The piece of an old text that a new one replaces, from the first to the last difference. */
function changed(old: string, text: string): readonly [start: number, end: number] {
  const shorter = Math.min(old.length, text.length)
  let start = 0
  while (start < shorter && old.charCodeAt(start) === text.charCodeAt(start)) start++
  let same = 0
  while (same < shorter - start && old.charCodeAt(old.length - 1 - same) === text.charCodeAt(text.length - 1 - same))
    same++
  return [start, old.length - same]
}

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
