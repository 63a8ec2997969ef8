/** Warns of text that is right, but means something else in other languages. */

import type { Span } from '../../../grammar/span.ts'
import type { Module } from '../1-resolve/module.ts'
import * as say from '../messages/settings.generated.ts'
import { type Env, report } from './env.ts'

/** Warns of everything in a file that its author most likely meant otherwise. */
export function warnDoubtful(env: Env, module: Module): void {
  for (const span of divisions(module)) report(env, say.commentForDivision(span))
  if (module.text.includes('${')) for (const span of dollars(module)) report(env, say.dollarBeforeAHole(span))
}

/** Comments that are a number and follow a value: `7 // 2`. */
function divisions({ text, program: { comments } }: Module): Span[] {
  return comments.flatMap(({ text: comment, span }) => {
    if (!/^\/\/ *\d[\d_.]*\w* *[,)]*$/.test(comment)) return []
    const line = text.slice(text.lastIndexOf('\n', span.start) + 1, span.start)
    return /[\w)\]] *$/.test(line) ? [span] : []
  })
}

/** The `$` of each `${name}` in a text with holes. */
function dollars({ text, program }: Module): Span[] {
  const found: Span[] = []
  const todo: unknown[] = [program.declarations]
  while (todo.length > 0) {
    const at = todo.pop()
    if (typeof at !== 'object' || at === null) continue
    todo.push(...Object.values(at))
    const { type, parts } = at as { readonly type?: unknown; readonly parts?: readonly Part[] }
    if (type !== 'string' || parts === undefined) continue
    for (const part of parts) {
      if (part.type !== 'hole') continue
      const { file, start } = part.value.span
      if (text.slice(start - 2, start) === '${') found.push({ file, start: start - 2, end: start - 1 })
    }
  }
  return found
}

type Part =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'hole'; readonly value: { readonly span: Span } }
