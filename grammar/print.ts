/** Prints tokens and trees as text, for tests. */

import { tokenize } from './parse.ts'
import { positionAt } from './span.ts'
import type { Program } from './syntax.ts'

/** `1:5 Identifier steps`, one line a token. */
export function printTokens(file: string, text: string): string {
  return tokenize(file, text, 0)
    .tokens.map((token) => {
      const { line, column } = positionAt(text, token.startOffset)
      return `${line}:${column} ${token.tokenType.name} ${token.image}`
    })
    .join('\n')
}

/**
 * The tree, each node below its parent with its type and plain fields:
 *
 *     let
 *       name identifier name=lr
 *       value number value=0.001 unit=none text=1e-3
 */
export function printTree(program: Program): string {
  return program.declarations.flatMap((declaration) => printNode('', declaration, '')).join('\n')
}

type Node = Readonly<Record<string, unknown>>

function printNode(role: string, node: object, indent: string): string[] {
  const plain: string[] = []
  const children: string[] = []
  const inner = `${indent}  `
  for (const [field, value] of Object.entries(node as Node)) {
    if (field === 'span' || field === 'type') continue
    if (Array.isArray(value)) {
      for (const item of value)
        if (typeof item === 'object' && item !== null) children.push(...printNode(field, item, inner))
        else plain.push(`${field}=${String(item)}`)
    } else if (typeof value === 'object' && value !== null) children.push(...printNode(field, value, inner))
    else
      plain.push(`${field}=${typeof value === 'string' && /[\s"]/.test(value) ? JSON.stringify(value) : String(value)}`)
  }
  const type = (node as Node).type
  const head = [role, typeof type === 'string' ? type : '', ...plain].filter((word) => word !== '')
  return [`${indent}${head.join(' ')}`, ...children]
}
