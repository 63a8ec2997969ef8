/** Colors by meaning: what each name of a file refers to. Keywords, numbers and texts are left to the grammar of the editor. */

import { type SemanticTokens, SemanticTokensBuilder, type SemanticTokensLegend } from 'vscode-languageserver'
import type { Span } from '../../../grammar/span.ts'
import type { SymbolSort, Word } from '../names/symbol.ts'
import type { Workspace } from '../workspace.ts'

const types = [
  'function',
  'class',
  'variable',
  'parameter',
  'property',
  'enumMember',
  'method',
  'namespace',
  'type',
] as const
type TokenType = (typeof types)[number]
const modifiers = ['declaration', 'readonly', 'defaultLibrary'] as const
type Modifier = (typeof modifiers)[number]

export const semanticTokensLegend: SemanticTokensLegend = { tokenTypes: [...types], tokenModifiers: [...modifiers] }

const ofSymbol: { readonly [S in SymbolSort]: readonly [TokenType, ...Modifier[]] } = {
  data: ['variable'],
  tokenizer: ['variable'],
  model: ['variable'],
  stage: ['variable'],
  param: ['property', 'readonly'],
  let: ['variable', 'readonly'],
  function: ['function'],
  filter: ['function'],
  op: ['function'],
  block: ['function'],
  architecture: ['class'],
  custom: ['function'],
  lost: ['variable'],
  parameter: ['parameter'],
  variable: ['parameter'],
  local: ['variable'],
}

const ofWord: { readonly [S in Word['sort']]: readonly [TokenType, ...Modifier[]] } = {
  kind: ['method', 'defaultLibrary'],
  primitive: ['function', 'defaultLibrary'],
  metric: ['property', 'defaultLibrary'],
  group: ['function', 'defaultLibrary'],
  setting: ['parameter', 'defaultLibrary'],
  type: ['type', 'defaultLibrary'],
  choice: ['enumMember', 'defaultLibrary'],
}

interface Token {
  readonly span: Span
  readonly type: TokenType
  readonly modifiers: readonly Modifier[]
}

/** The tokens of a file, or of a piece of it. */
export function semanticTokens(
  workspace: Workspace,
  path: string,
  from = 0,
  to = Number.POSITIVE_INFINITY,
): SemanticTokens {
  const document = workspace.document(path)
  const names = workspace.names(path)
  const builder = new SemanticTokensBuilder()
  if (document === undefined || names === undefined) return builder.build()
  const tokens: Token[] = []
  for (const { span, symbol, role } of names.occurrences) {
    const [type, ...more] = ofSymbol[symbol.sort]
    const library: Modifier[] =
      symbol.span.file.startsWith('std:') && !path.startsWith('std:') ? ['defaultLibrary'] : []
    tokens.push({
      span,
      type,
      modifiers: [...(role === 'definition' ? (['declaration'] as const) : []), ...more, ...library],
    })
  }
  for (const { span, sort } of names.words) {
    const [type, ...more] = ofWord[sort]
    tokens.push({ span, type, modifiers: more })
  }
  tokens.sort((a, b) => a.span.start - b.span.start)
  let last = -1
  for (const { span, type, modifiers: own } of tokens) {
    if (span.start < last || span.end < from || span.start > to) continue
    last = span.end
    const { line, character } = document.positionAt(span.start)
    const bits = own.reduce((sum, each) => sum | (1 << modifiers.indexOf(each)), 0)
    builder.push(line, character, span.end - span.start, types.indexOf(type), bits)
  }
  return builder.build()
}
