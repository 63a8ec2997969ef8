/**
 * The canonical form of a program, for `llmpipe fmt`. The form keeps the author's comments, single blank lines, and the choice whether
 * a chain of pipes, a block or a list is on one line or on several.
 */

import { parse } from '../../../grammar/parse.ts'
import type { Span } from '../../../grammar/span.ts'
import type {
  Argument,
  CallExpression,
  Comment,
  Declaration,
  Expression,
  Program,
  Statement,
} from '../../../grammar/syntax.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import { syntaxDiagnostic } from '../messages/syntax.ts'
import { alignedHeads, alignedRule } from './align.ts'
import { Comments } from './comments.ts'
import { condition, flat, flatArguments, flatClause, flatParameters, headOf, pipeHead, stagesOf } from './flat.ts'

/** The greatest width of a line, in columns. */
const width = 120

export interface Formatted {
  /** Absent if the text has syntax errors. */
  readonly text?: string
  readonly diagnostics: readonly Diagnostic[]
}

/** Formats the text of a file. Formatting the result again changes nothing. */
export function format(source: string, file = 'program.llmpipe'): Formatted {
  let text = source.replaceAll('\r\n', '\n')
  for (let round = 0; round < maxRounds; round++) {
    const { program, problems } = parse(file, text)
    if (problems.length > 0) return { diagnostics: problems.map(syntaxDiagnostic) }
    const formatted = formatProgram(program, text)
    if (formatted === text) break
    text = formatted
  }
  return { text, diagnostics: [] }
}

/**
 * A comment in the middle of a line is moved, and the rest may then fit on one line. Formatting is repeated until nothing changes, at
 * most this often.
 */
const maxRounds = 6

/** The canonical text of a tree that was parsed from `text` (empty for a tree without a source). */
export function formatProgram(program: Program, text: string): string {
  const printer = new Printer(text, new Comments(program.comments, text))
  return printer.program(program)
}

/** Something that begins on a new line. */
interface Item {
  readonly span: Span
  print(): string
  /** The text between it and a comment on its line: the comma of an argument. */
  readonly suffix?: string
}

class Printer {
  readonly #text: string
  readonly #comments: Comments

  constructor(text: string, comments: Comments) {
    this.#text = text
    this.#comments = comments
  }

  program({ declarations }: Program): string {
    const lines = this.#declarations(declarations, '', this.#text.length + 1, 0)
    return lines.length === 0 ? '' : `${lines.join('\n')}\n`
  }

  #declarations(list: readonly Declaration[], indent: string, end: number, start: number): string[] {
    const heads = alignedHeads(list, this.#text)
    const items = list.map((declaration, index) => ({
      span: declaration.span,
      print: () => this.#declaration(declaration, heads[index] ?? 0, indent),
    }))
    return this.#lines(items, indent, end, start)
  }

  /** Items below each other, with their comments. `end`: the offset where their container ends. */
  #lines(items: readonly Item[], indent: string, end: number, start: number): string[] {
    const lines: string[] = []
    let last = start
    const put = (text: string, from: number, to: number) => {
      if (lines.length > 0 && this.#blankBetween(last, from)) lines.push('')
      lines.push(`${indent}${text}`)
      last = to
    }
    const putComments = (comments: readonly Comment[]) => {
      for (const { text, span } of comments) put(text, span.start, span.end)
    }
    for (const item of items) {
      const above = this.#comments.before(item.span.start)
      const text = item.print()
      // Comments in the middle of an item that is on one line move above it, and above its documentation.
      const inside = this.#comments.before(item.span.end)
      const docs = inside.length === 0 ? [] : this.#docsIn(above, item.span.start)
      putComments(above.slice(0, above.length - docs.length))
      putComments(inside)
      if (inside.at(-1)?.text.startsWith('///')) lines.push('')
      putComments(docs)
      const behind = this.#comments.behind(item.span.end)
      put(
        `${text}${item.suffix ?? ''}${behind ? `  ${behind.text}` : ''}`,
        item.span.start,
        behind?.span.end ?? item.span.end,
      )
    }
    putComments(this.#comments.before(end))
    return lines
  }

  /** The last comments, if they document the item that begins at an offset. */
  #docsIn(comments: readonly Comment[], offset: number): Comment[] {
    let below = offset
    let first = comments.length
    for (; first > 0; first--) {
      const comment = comments[first - 1] as Comment
      const gap = this.#text.slice(comment.span.end, below)
      if (!comment.text.startsWith('///') || !/^[ \t\r]*\n[ \t]*$/.test(gap)) break
      below = comment.span.start
    }
    return comments.slice(first)
  }

  #blankBetween(start: number, end: number): boolean {
    return /\n[ \t]*\n/.test(this.#text.slice(start, end))
  }

  #brokenBetween(start: number, end: number): boolean {
    return this.#text.slice(start, end).includes('\n')
  }

  #declaration(declaration: Declaration, head: number, indent: string): string {
    switch (declaration.type) {
      case 'use': {
        const { source, names } = declaration
        const from = source.type === 'std' ? source.path.join('.') : this.#pathText(source)
        const list = names.map(({ name, alias }) => (alias ? `${name.name} as ${alias.name}` : name.name))
        const line = `use ${from} { ${list.join(', ')} }`
        if (list.length === 0) return `use ${from} {}`
        if (indent.length + line.length <= width) return line
        return `use ${from} {\n${list.map((name) => `${indent}  ${name}`).join(',\n')}\n${indent}}`
      }
      case 'param':
      case 'let':
        return this.#bound(`${declaration.type} ${declaration.name.name}`.padEnd(head), declaration.value, indent)
      case 'binding': {
        const names = declaration.names.map((name) => name.name).join(', ')
        return this.#bound(`${declaration.keyword} ${names}`.padEnd(head), declaration.value, indent)
      }
      case 'op':
        return this.#bound(
          `op ${declaration.name.name}${flatParameters(declaration.parameters)}`,
          declaration.value,
          indent,
        )
      case 'filter':
        return this.#filter(declaration, indent)
      case 'block':
      case 'model': {
        const opening = `${declaration.type} ${declaration.name.name}${flatParameters(declaration.parameters)} {`
        const after = declaration.parameters.at(-1)?.span.end ?? declaration.name.span.end
        return this.#body(opening, declaration.body, indent, declaration.span.end - 1, after)
      }
      case 'expect':
        return `expect ${flat(declaration.test)}`
      case 'export': {
        const options = declaration.options === undefined ? '' : `(${flatArguments(declaration.options)})`
        const as = declaration.as === undefined ? '' : ` as ${declaration.as.name}${options}`
        return `export ${flat(declaration.value)} to ${flat(declaration.to)}${as}`
      }
      case 'for': {
        const clauses = declaration.clauses.map(flatClause)
        const after = declaration.clauses.at(-1)?.span.end ?? declaration.span.start
        const lines = this.#declarations(declaration.body, `${indent}  `, declaration.span.end - 1, after)
        return [`for ${clauses.join(', ')} {`, ...lines, `${indent}}`].join('\n')
      }
    }
  }

  #pathText(source: { readonly path: string; readonly span: Span }): string {
    return this.#text.slice(source.span.start, source.span.end) || JSON.stringify(source.path)
  }

  #bound(head: string, value: Expression, indent: string): string {
    return `${head} = ${this.#expression(value, indent, indent.length + head.length + 3)}`
  }

  #filter(declaration: Extract<Declaration, { type: 'filter' }>, indent: string): string {
    const { name, parameters, rules, span } = declaration
    const opening = `filter ${name.name}${flatParameters(parameters)} {`
    const sides = rules.map((rule) => (rule.type === 'binary' ? flat(rule.left).length : 0))
    const column = Math.max(0, ...sides)
    const items = rules.map((rule) => ({ span: rule.span, print: () => alignedRule(rule, column) }))
    const after = parameters.at(-1)?.span.end ?? name.span.end
    const lines = this.#lines(items, `${indent}  `, span.end - 1, after)
    return [opening, ...lines, `${indent}}`].join('\n')
  }

  #body(opening: string, statements: readonly Statement[], indent: string, end: number, after: number): string {
    const inner = `${indent}  `
    const items = statements.map((statement) => ({
      span: statement.span,
      print: () => this.#statement(statement, inner),
    }))
    const lines = this.#lines(items, inner, end, after)
    return [opening, ...lines, `${indent}}`].join('\n')
  }

  #statement(statement: Statement, indent: string): string {
    switch (statement.type) {
      case 'assign': {
        const head = `${statement.name.name} = `
        return `${head}${this.#expression(statement.value, indent, indent.length + head.length)}`
      }
      case 'repeat': {
        const { count, index } = statement
        const opening = `repeat ${condition(count)}${index ? ` as ${index.name}` : ''} {`
        const after = index?.span.end ?? count.span.end
        return this.#body(opening, statement.body, indent, statement.span.end - 1, after)
      }
      case 'result': {
        const text = this.#expression(statement.value, indent, indent.length)
        // A statement that begins with a sign would continue the statement before it.
        return /^[-]/.test(text) ? `(${text})` : text
      }
    }
  }

  /** The text of an expression whose first line begins at `column`. Further lines are indented by `indent`. */
  #expression(expression: Expression, indent: string, column: number): string {
    const line = flat(expression)
    const broken = this.#breaks(expression)
    if (!broken && column + line.length <= width) return line
    switch (expression.type) {
      case 'pipe':
        return this.#pipe(expression, indent, column)
      case 'call':
        return this.#call(expression, indent, column)
      case 'list':
        return this.#items('[', expression.items, ']', expression.span, indent)
      case 'if':
        return this.#conditional(expression, indent)
      default:
        return line
    }
  }

  /** Whether the author put the expression on several lines, and the form keeps that. */
  #breaks(expression: Expression): boolean {
    switch (expression.type) {
      case 'pipe':
        for (let at: Expression = expression; at.type === 'pipe'; at = at.left)
          if (this.#brokenBetween(at.left.span.end, at.right.span.start) || this.#breaks(at.right)) return true
        return this.#breaks(headOf(expression))
      case 'call': {
        const { block } = expression
        if (block && block.length > 0 && this.#brokenBetween(this.#blockStart(expression), block[0]?.span.start ?? 0))
          return true
        const first = expression.arguments[0]
        if (first && this.#brokenBetween(expression.callee.span.end, first.span.start)) return true
        return [...expression.arguments, ...(block ?? [])].some((argument) => this.#breaks(argument.value))
      }
      case 'list': {
        const first = expression.items[0]
        if (first && this.#brokenBetween(expression.span.start, first.span.start)) return true
        return expression.items.some((item) => this.#breaks(item))
      }
      case 'if':
        return this.#brokenBetween(expression.condition.span.end, expression.then.span.start)
      default:
        return false
    }
  }

  #pipe(expression: Extract<Expression, { type: 'pipe' }>, indent: string, column: number): string {
    const stages = stagesOf(expression)
    const head = headOf(expression)
    const inner = `${indent}  `
    const first = head.type === 'call' ? this.#expression(head, indent, column) : pipeHead(head)
    const behindFirst = this.#comments.behind(head.span.end)
    const lines = [`${first}${behindFirst ? `  ${behindFirst.text}` : ''}`]
    for (const [index, stage] of stages.entries()) {
      for (const comment of this.#comments.before(stage.span.start)) lines.push(`${inner}${comment.text}`)
      const text = this.#expression(stage, inner, inner.length + 3)
      for (const comment of this.#comments.before(stage.span.end)) lines.push(`${inner}${comment.text}`)
      // A comment behind the last call is behind the whole chain.
      const behind = index === stages.length - 1 ? undefined : this.#comments.behind(stage.span.end)
      lines.push(`${inner}|> ${text}${behind ? `  ${behind.text}` : ''}`)
    }
    return lines.join('\n')
  }

  #call(call: CallExpression, indent: string, column: number): string {
    const block = call.block ?? []
    const head = `${call.callee.name}(${flatArguments(call.arguments)})`
    const first = call.arguments[0]
    const broken =
      (first && this.#brokenBetween(call.callee.span.end, first.span.start)) ||
      call.arguments.some((argument) => this.#breaks(argument.value)) ||
      column + head.length + (block.length > 0 ? 2 : 0) > width
    const opening =
      broken && first ? this.#arguments(`${call.callee.name}(`, call.arguments, ')', call, indent, ',', false) : head
    if (call.block === undefined) return opening
    if (block.length === 0) return `${opening} {}`
    const inLine = ` { ${flatArguments(block)} }`
    const start = this.#blockStart(call)
    const stays =
      !this.#brokenBetween(start, block[0]?.span.start ?? start) && !block.some((entry) => this.#breaks(entry.value))
    const lastLine = opening.slice(opening.lastIndexOf('\n') + 1)
    if (stays && lastLine.length + column + inLine.length <= width && !this.#comments.anyIn(start, call.span.end))
      return `${opening}${inLine}`
    return this.#arguments(`${opening} {`, block, '}', call, indent, '', true)
  }

  /** Arguments or entries of a block, one on each line. The values of entries are in one column. */
  #arguments(
    opening: string,
    list: readonly Argument[],
    closing: string,
    call: CallExpression,
    indent: string,
    suffix: string,
    aligned: boolean,
  ): string {
    const inner = `${indent}  `
    const column = aligned ? Math.max(...list.map((entry) => (entry.name?.name.length ?? 0) + 2)) : 0
    const items = list.map((argument, index) => ({
      span: argument.span,
      print: () => {
        if (argument.name === undefined) return this.#expression(argument.value, inner, inner.length)
        const head = `${argument.name.name}: `.padEnd(column)
        return `${head}${this.#expression(argument.value, inner, inner.length + head.length)}`
      },
      suffix: index < list.length - 1 ? suffix : '',
    }))
    const isBlock = closing === '}'
    const blockStart = this.#blockStart(call)
    const end = isBlock || call.block === undefined ? call.span.end - 1 : blockStart
    const lines = this.#lines(items, inner, end, isBlock ? blockStart : call.callee.span.end)
    return [opening, ...lines, `${indent}${closing}`].join('\n')
  }

  /** The offset of the brace that opens the block of a call. */
  #blockStart(call: CallExpression): number {
    const first = call.block?.[0]
    return first === undefined ? call.span.end - 1 : this.#text.lastIndexOf('{', first.span.start)
  }

  #items(opening: string, list: readonly Expression[], closing: string, span: Span, indent: string): string {
    const inner = `${indent}  `
    const items = list.map((item, index) => ({
      span: item.span,
      print: () => this.#expression(item, inner, inner.length),
      suffix: index < list.length - 1 ? ',' : '',
    }))
    const lines = this.#lines(items, inner, span.end - 1, span.start)
    return [opening, ...lines, `${indent}${closing}`].join('\n')
  }

  #conditional(expression: Extract<Expression, { type: 'if' }>, indent: string): string {
    const inner = `${indent}  `
    const branch = (value: Expression, end: number, after: number) => {
      const items = [{ span: value.span, print: () => this.#expression(value, inner, inner.length) }]
      return this.#lines(items, inner, end, after).join('\n')
    }
    const { then, otherwise } = expression
    const first = branch(then, then.span.end, expression.condition.span.end)
    const opening = `if ${condition(expression.condition)} {\n${first}\n${indent}} else `
    if (otherwise.type === 'if') return `${opening}${this.#conditional(otherwise, indent)}`
    return `${opening}{\n${branch(otherwise, expression.span.end - 1, then.span.end)}\n${indent}}`
  }
}
