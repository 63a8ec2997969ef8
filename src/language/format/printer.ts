/** Prints a syntax tree in the canonical form. */

import type { Span } from '../../../grammar/span.ts'
import type {
  Argument,
  Branch,
  CallExpression,
  Comment,
  Declaration,
  Expression,
  IfDeclaration,
  Program,
  Statement,
} from '../../../grammar/syntax.ts'
import { alignedHeads, alignedRule } from './align.ts'
import type { Comments } from './comments.ts'
import {
  condition,
  flat,
  flatArguments,
  flatClause,
  flatParameter,
  flatParameters,
  headOf,
  pipeHead,
  stagesOf,
} from './flat.ts'

/** The greatest width of a line, in columns. */
const width = 120

/** Something that begins on a new line. */
interface Item {
  readonly span: Span
  print(): string
  /** The text between it and a comment on its line: the comma of an argument. */
  readonly suffix?: string
}

export class Printer {
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
      case 'function':
        return this.#bound(this.#signature(declaration, indent), declaration.value, indent)
      case 'filter':
        return this.#filter(declaration, indent)
      case 'block':
      case 'model': {
        const opening = `${this.#signature(declaration, indent)} {`
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
      case 'test': {
        const { name, body, span } = declaration
        const lines = this.#declarations(body, `${indent}  `, span.end - 1, name.span.end)
        return [`test ${this.#pathText({ path: name.text, span: name.span })} {`, ...lines, `${indent}}`].join('\n')
      }
      case 'if':
        return this.#choice(declaration, indent)
    }
  }

  #choice({ branches: [then, otherwise] }: IfDeclaration, indent: string): string {
    const branch = ({ body, span }: Branch) => [
      ...this.#declarations(body, `${indent}  `, span.end - 1, span.start),
      `${indent}}`,
    ]
    if (then === undefined) return ''
    const lines = [`if ${condition(then.condition)} {`, ...branch(then)]
    if (otherwise === undefined) return lines.join('\n')
    const [next] = otherwise.body
    // `else if` has no braces of its own.
    const isChained = next?.type === 'if' && otherwise.body.length === 1 && next.span.start === otherwise.span.start
    if (isChained) return `${lines.join('\n')} else ${this.#choice(next, indent)}`
    return [`${lines.join('\n')} else {`, ...branch(otherwise)].join('\n')
  }

  #pathText(source: { readonly path: string; readonly span: Span }): string {
    return this.#text.slice(source.span.start, source.span.end) || JSON.stringify(source.path)
  }

  #bound(head: string, value: Expression, indent: string): string {
    const lastLine = head.slice(head.lastIndexOf('\n') + 1)
    const column = lastLine === head ? indent.length + head.length : lastLine.length
    return `${head} = ${this.#expression(value, indent, column + 3)}`
  }

  /** `block attention(x: [batch, time, dim], heads)`. Parameters that do not fit on the line, or that have comments, are below each other. */
  #signature({ type, name, parameters }: Extract<Declaration, { parameters: unknown }>, indent: string): string {
    const head = `${type === 'function' ? 'let' : type} ${name.name}`
    const line = `${head}${flatParameters(parameters)}`
    const [first, last] = [parameters[0], parameters.at(-1)]
    if (first === undefined || last === undefined) return line
    const isBroken = this.#brokenBetween(name.span.end, first.span.start)
    const hasComments = this.#comments.anyIn(name.span.end, last.span.end)
    // A brace or a sign follows.
    if (!isBroken && !hasComments && indent.length + line.length + 2 <= width) return line
    const items = parameters.map((parameter) => ({
      span: parameter.span,
      print: () => flatParameter(parameter),
      suffix: parameter === last ? '' : ',',
    }))
    // Behind the last parameter stand at most a comma and comments.
    const closing = /^(?:\s|,|\/\/[^\n]*)*/.exec(this.#text.slice(last.span.end))?.[0].length ?? 0
    const lines = this.#lines(items, `${indent}  `, last.span.end + closing, name.span.end)
    return [`${head}(`, ...lines, `${indent})`].join('\n')
  }

  #filter(declaration: Extract<Declaration, { type: 'filter' }>, indent: string): string {
    const { name, parameters, rules, span } = declaration
    const opening = `${this.#signature(declaration, indent)} {`
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
        const head = `${statement.names.map(({ name }) => name).join(', ')} = `
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
