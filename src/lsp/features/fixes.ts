/**
 * The edits that carry out what the help of a diagnostic says, for diagnostics that come without an edit of their own. Only edits that are
 * unambiguous are made; a test applies every one to the cases of the compiler, and expects its error to be gone.
 */

import type { Span } from '../../../grammar/span.ts'
import type { Argument, Declaration, Expression, Program } from '../../../grammar/syntax.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import { namesOf, placed } from '../../language/1-resolve/module.ts'
import { importOf, type Replacement } from '../imports.ts'

/** An edit with its name: `Write to`, `Remove ;`. Without a title, it is named after its replacement. */
export interface Mend {
  readonly title?: string
  readonly replacements: readonly Replacement[]
}

interface Found {
  readonly diagnostic: Diagnostic
  readonly span: Span
  /** The text of the file, and the piece of it that the diagnostic is about. */
  readonly text: string
  readonly written: string
  readonly help: string
  /** The text that the help says to write; `undefined` if it says none, or one with `…` in it. */
  readonly better: string | undefined
  readonly program: Program
}

export function mendsFor(diagnostic: Diagnostic, text: string, program: Program): readonly Mend[] {
  const { span, help = '', code } = diagnostic
  const better = /\b[Ww]rite `([^`…]+)`/.exec(help)?.[1]
  const written = text.slice(span.start, span.end)
  return byCode[code]?.({ diagnostic, span, text, written, help, better, program }) ?? []
}

type Mender = (found: Found) => readonly Mend[]

const byCode: Readonly<Record<string, Mender>> = {
  // A hole without an end, and one that is empty: braces that are meant as text.
  E0103: ({ span, written }) => replaced(span, `\\${written}`),
  E0104: ({ span }) => replaced(span, '\\{\\}'),
  E0108: ({ span, written, help }) => {
    if (!help.startsWith('Write `export')) return []
    if (written.startsWith('"')) return replaced({ ...span, end: span.start }, 'to ', 'Write `to`')
    return written === 'into' ? replaced(span, 'to') : []
  },
  E0115: betterOr(() => []),
  E0120: ({ span, written, text, help, better }) => {
    if (better !== undefined) return replaced(span, better)
    // Between two settings on one line there has to be a comma.
    const isBetween = written === ';' && /^[ \t]*\w+[ \t]*:/.test(text.slice(span.end))
    return isBetween ? replaced(span, ',') : ifSaid('Remove', help, span)
  },
  E0121: ({ span, text, help, better }) =>
    help.startsWith('Remove')
      ? replaced({ ...span, end: span.end + (text[span.end] === ' ' ? 1 : 0) }, '')
      : better === undefined
        ? []
        : replaced(span, better),
  E0122: ({ span, written }) => replaced(span, written.replace(/\s*=$/, ':')),
  // `x: int = 3` and `x := 3` have an equals sign already.
  E0124: ({ span, text }) =>
    /^\s*=/.test(text.slice(span.end)) ? replaced(span, '') : replaced(span, text[span.end] === ' ' ? ' =' : ' = '),
  E0125: ({ span, written }) =>
    /^\w+ *=$/.test(written)
      ? ['let', 'param'].flatMap((keyword) =>
          replaced({ ...span, end: span.start }, `${keyword} `, `Write \`${keyword}\``),
        )
      : [],
  E0126: (found) => (found.written === '.' ? replaced(found.span, '') : betterOr(() => [])(found)),
  // A text has no operations either, and `std.clean` is not a value.
  E0127: ({ span, text, written, help }) =>
    help.startsWith('Write `std') || text[span.start - 1] === '"'
      ? []
      : replaced(span, ` |> ${written.slice(1).trimStart()}`),
  E0129: ({ span, help }) => {
    const name = /^Write `\w+ (\w+)/.exec(help)?.[1]
    return name === undefined ? [] : replaced(span, name)
  },
  E0130: ({ span }) => replaced(span, '', 'Remove the invisible character'),
  E0132: ({ span, written, help }) =>
    help.startsWith('Leave the `') && written.includes('"') ? replaced(span, written.slice(written.indexOf('"'))) : [],
  E0133: ({ span, written }) => (/^"\w+"$/.test(written) ? replaced(span, written.slice(1, -1)) : []),
  E0136: ({ span, help, text }) =>
    ifSaid('Remove', help, { ...span, end: span.end + (text[span.end] === ' ' ? 1 : 0) }),
  E0138: betterOr(() => []),
  E0201: ({ span, help, program, text }) =>
    help.includes('Leave the setting out') ? withoutArgument(program, text, span) : [],
  // The name is misspelled, and belongs to a standard module.
  E0202: ({ span, help, text }) => {
    const [, name, module] = /^Did you mean `(\w+)`\? Import it: `use (std\.\w+) /.exec(help) ?? []
    if (name === undefined || module === undefined) return []
    const title = `Write \`${name}\`, and import it from ${module}`
    return [{ title, replacements: [{ ...span, text: name }, importOf(text, module, name)] }]
  },
  E0307: ({ span, program, text }) => withoutArgument(program, text, span),
  E0403: ({ span, help, program }) => {
    const keyword = /^Write `(data|tokenizer|model|stage|let|param) \w+ =/.exec(help)?.[1]
    const declaration = declarationsIn(program).find((each) => 'value' in each && each.value.span.start === span.start)
    const old = declaration && ('keyword' in declaration ? declaration.keyword : declaration.type)
    if (keyword === undefined || old === undefined || declaration === undefined) return []
    const { start } = declaration.span
    return replaced({ ...span, start, end: start + old.length }, keyword)
  },
  E0660: ({ diagnostic: { message }, span, written, better }) => {
    const wrong = /has `([^`]+)`/.exec(message)?.[1]
    if (better === undefined || wrong === undefined) return []
    // Every character that is written as in JavaScript has the same mistake.
    const all = wrong.startsWith('\\u') ? written.replaceAll(/\\u([0-9a-f]{4})/gi, '\\x{$1}') : written
    return replaced(span, all.replaceAll(wrong, better))
  },
  E0709: ({ span, text, help }) => {
    const brackets = /^\[[^[\]]*\]/.exec(text.slice(span.end))?.[0]
    const behind = { ...span, start: span.end, end: span.end + (brackets?.length ?? 0) }
    return brackets === undefined ? [] : ifSaid('Leave the brackets out', help, behind)
  },
  W0212: ({ span, program, text }) => withoutDeclaration(program, text, span),
  W0327: ({ span }) => replaced(span, ''),
  W0604: ({ span, program, text }) => withoutImport(program, text, span),
}

/** Replaces the whole piece by what the help says to write. */
function betterOr(otherwise: Mender): Mender {
  return (found) => (found.better === undefined ? otherwise(found) : replaced(found.span, found.better))
}

function replaced({ start, end }: Pick<Span, 'start' | 'end'>, text: string, title?: string): Mend[] {
  return [{ ...(title === undefined ? {} : { title }), replacements: [{ start, end, text }] }]
}

function ifSaid(words: string, help: string, span: Span): Mend[] {
  return help.startsWith(words) ? replaced(span, '') : []
}

function declarationsIn(program: Program): readonly Declaration[] {
  return placed(program.declarations).map(({ declaration }) => declaration)
}

/** Removes the named argument that a span is in, with its comma. */
function withoutArgument(program: Program, text: string, span: Span): Mend[] {
  const found = argumentsIn(declarationsIn(program)).filter(
    (each) => each.name !== undefined && each.span.start <= span.start && span.end <= each.span.end,
  )
  const inner = found.sort((a, b) => a.span.end - a.span.start - (b.span.end - b.span.start))[0]
  if (inner === undefined) return []
  const { start, end } = inner.span
  const before = /,\s*$|\n[ \t]*$/.exec(text.slice(0, start))?.[0] ?? ''
  const behind = /^\s*,[ \t]*/.exec(text.slice(end))?.[0] ?? ''
  return before === ''
    ? replaced({ start, end: end + behind.length }, '')
    : replaced({ start: start - before.length, end: end + (before.includes(',') ? 0 : behind.trimEnd().length) }, '')
}

/** All arguments of calls in declarations. */
function argumentsIn(nodes: readonly unknown[]): Argument[] {
  const found: Argument[] = []
  const walk = (node: unknown) => {
    if (Array.isArray(node)) for (const each of node) walk(each)
    else if (typeof node === 'object' && node !== null) {
      const { type } = node as Partial<Expression>
      if (type === 'call') {
        const call = node as Extract<Expression, { readonly type: 'call' }>
        found.push(...call.arguments, ...(call.block ?? []))
      }
      for (const [field, value] of Object.entries(node)) if (field !== 'span') walk(value)
    }
  }
  walk(nodes)
  return found
}

/** Removes a declaration that binds one name only, with its documentation and its line. */
function withoutDeclaration(program: Program, text: string, { start: at }: Span): Mend[] {
  const declaration = placed(program.declarations).find(({ declaration: each }) => {
    const names = namesOf(each)
    return names.length === 1 && names[0]?.span.start === at
  })?.declaration
  if (declaration === undefined) return []
  const docs = /(?:^[ \t]*\/\/\/[^\n]*\n)*[ \t]*$/m.exec(text.slice(0, declaration.span.start))
  const start = docs === null ? declaration.span.start : docs.index
  const line = /^[ \t]*(?:\/\/[^\n]*)?\r?\n/.exec(text.slice(declaration.span.end))?.[0] ?? ''
  return replaced(
    { start, end: declaration.span.end + line.length },
    '',
    `Remove \`${text.slice(at, at + 40).split(/\W/)[0]}\``,
  )
}

/** Removes a name of an import, or the import if it has no other name. */
function withoutImport(program: Program, text: string, { start: at }: Span): Mend[] {
  for (const use of program.declarations) {
    if (use.type !== 'use') continue
    const index = use.names.findIndex(({ name, alias }) => name.span.start === at || alias?.span.start === at)
    const item = use.names[index]
    if (item === undefined) continue
    const title = `Remove \`${(item.alias ?? item.name).name}\` from the import`
    if (use.names.length === 1) {
      const line = /^[ \t]*\r?\n/.exec(text.slice(use.span.end))?.[0] ?? ''
      return replaced({ start: use.span.start, end: use.span.end + line.length }, '', title)
    }
    const end = (item.alias ?? item.name).span.end
    const next = use.names[index + 1]
    const before = use.names[index - 1]
    if (next !== undefined) return replaced({ start: item.name.span.start, end: next.name.span.start }, '', title)
    return replaced({ start: (before?.alias ?? before?.name)?.span.end ?? end, end }, '', title)
  }
  return []
}
