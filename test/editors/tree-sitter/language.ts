/** The parser of editors/tree-sitter-llmpipe, as WebAssembly. */

import { readFileSync } from 'node:fs'
import { Language, type Node, Parser, type Tree } from 'web-tree-sitter'

export const folder = 'editors/tree-sitter-llmpipe'

export async function loadLanguage(): Promise<Language> {
  await Parser.init()
  return Language.load(readFileSync(`${folder}/tree-sitter-llmpipe.wasm`))
}

export function parserOf(language: Language): (text: string) => Tree {
  const parser = new Parser()
  parser.setLanguage(language)
  return (text) => parser.parse(text)!
}

/** The places where a tree has errors: `ERROR 3:1 text`. */
export function errorsIn(node: Node): string[] {
  if (!node.hasError) return []
  const { row, column } = node.startPosition
  const own =
    node.isError || node.isMissing
      ? [`${node.isMissing ? 'MISSING' : 'ERROR'} ${row + 1}:${column + 1} ${node.text.slice(0, 40)}`]
      : []
  return [...own, ...node.children.flatMap(errorsIn)]
}

/** A token of a text: a string with all that is in it is one, as in the lexer. */
export interface Leaf {
  readonly type: string
  readonly text: string
  readonly start: number
}

/** The tokens of a tree, and its comments. */
export function leavesOf(node: Node): Leaf[] {
  const isOne = node.childCount === 0 || ['string', 'raw_string', 'number', 'boolean'].includes(node.type)
  if (!isOne) return node.children.flatMap(leavesOf)
  const blanks = node.text.length - node.text.trimStart().length
  const text = node.text.trim()
  return text === '' ? [] : [{ type: node.type, text, start: node.startIndex + blanks }]
}
