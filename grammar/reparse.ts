/**
 * Parses a text that differs little from one that was parsed before, as in an editor: only the declarations around the difference are parsed
 * again. The result is the one that `parse` gives.
 */

import { type Parsed, parse } from './parse.ts'
import type { Span } from './span.ts'
import type { Comment, Declaration } from './syntax.ts'

export interface ParsedText {
  readonly text: string
  readonly parsed: Parsed
}

/** Parses a text, with the help of the tree of an earlier one of the same file. */
export function reparse(file: string, text: string, before: ParsedText | undefined): Parsed {
  return (before && reparsePart(file, text, before)) ?? parse(file, text)
}

/** `undefined` if the whole text has to be parsed: one of the two has problems, or the difference is at the first or last declaration. */
function reparsePart(file: string, text: string, { text: old, parsed }: ParsedText): Parsed | undefined {
  const { program, problems } = parsed
  if (problems.length > 0) return undefined
  const { declarations, comments } = program
  const [start, end] = difference(old, text)
  // A declaration that touches the difference may go on into it.
  const kept = declarations.findLastIndex(({ span }) => span.end < start) + 1
  const first = declarations.findIndex(({ span }) => span.start > end)
  if (kept === 0 || first === -1) return undefined
  const from = declarations[kept - 1]!.span.end
  const to = lineStart(old, declarationStart(comments, old, declarations[first]!))
  if (to < end || to < from) return undefined
  const moved = text.length - old.length
  const middle = parse(file, text.slice(from, to + moved))
  if (middle.problems.length > 0) return undefined
  const inMiddle = (span: Span) => span.start >= from && span.end <= to
  const shiftedComments = comments.filter(({ span }) => !inMiddle(span) && span.start >= to)
  const span = { ...program.span, end: program.span.end + moved }
  return {
    program: {
      ...program,
      declarations: [
        ...declarations.slice(0, kept),
        ...middle.program.declarations.map((each) => shifted(each, from)),
        ...declarations.slice(first).map((each) => shifted(each, moved)),
      ],
      comments: [
        ...comments.filter(({ span: at }) => at.end <= from),
        ...middle.program.comments.map((each) => shifted(each, from)),
        ...shiftedComments.map((each) => shifted(each, moved)),
      ],
      span,
    },
    problems: [],
    lost: new Set(),
  }
}

/** The piece of an old text that a new one replaces, from the first to the last difference. */
function difference(old: string, text: string): readonly [start: number, end: number] {
  const shorter = Math.min(old.length, text.length)
  let start = 0
  while (start < shorter && old.charCodeAt(start) === text.charCodeAt(start)) start++
  let same = 0
  while (same < shorter - start && old.charCodeAt(old.length - 1 - same) === text.charCodeAt(text.length - 1 - same))
    same++
  return [start, old.length - same]
}

/** The offset of a declaration with the comments above it that document it. */
function declarationStart(comments: readonly Comment[], text: string, { span }: Declaration): number {
  let start = span.start
  for (let at = comments.findLastIndex((comment) => comment.span.end <= start); at >= 0; at--) {
    const comment = comments[at]!
    if (!comment.text.startsWith('///') || !/^[ \t]*\r?\n[ \t]*$/.test(text.slice(comment.span.end, start))) break
    start = comment.span.start
  }
  return start
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1
}

/** A node with all its spans moved. */
function shifted<Node>(node: Node, by: number): Node {
  if (by === 0 || node === null || typeof node !== 'object') return node
  // The tree consists of plain objects and lists.
  return (Array.isArray(node) ? node.map((each) => shifted(each, by)) : shiftedObject(node, by)) as Node
}

function shiftedObject(node: object, by: number): object {
  const copy: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(node))
    copy[name] = name === 'span' ? move(value as Span, by) : shifted(value, by)
  return copy
}

function move({ file, start, end }: Span, by: number): Span {
  return { file, start: start + by, end: end + by }
}
