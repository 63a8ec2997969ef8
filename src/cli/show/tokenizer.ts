/** A tokenizer with samples of its vocabulary, and tokens with their texts. */

import { loadTokenizer } from '../../text/load.ts'
import { TokenReader } from '../../text/tokens.ts'
import { bytes, count } from '../../view/format.ts'
import { type Line, seg, wrap } from '../../view/line.ts'

export function tokenizerLines(folder: string, width: number): Line[] {
  const tokenizer = loadTokenizer(folder)
  const { model, size, special, endOfText } = tokenizer
  // The widest label is "begins a text".
  const indent = 15
  const shown = (id: number) =>
    JSON.stringify(tokenizer.idToToken(id) ?? '')
      .slice(1, -1)
      .replaceAll(' ', '␣')
  const lines: Line[] = [[seg(`${model.type}, ${count(size)} ids`)]]
  const added = tokenizer.added.slice(0, 24).map(({ content, id }) => `${JSON.stringify(content).slice(1, -1)} ${id}`)
  const more = tokenizer.added.length - added.length
  const rest = more > 0 ? [`and ${count(more)} more`] : []
  const roles = Object.entries({ 'begins a text': tokenizer.bos, 'ends a text': endOfText, pads: tokenizer.pad })
  const text = (label: string, words: string) => {
    for (const [index, row] of wrap(words, width - indent).entries())
      lines.push([seg((index === 0 ? label : '').padEnd(indent), 'dim'), seg(row)])
  }
  const line = (label: string, ids: readonly number[]) => {
    const words = ids.map(shown).filter((word) => word !== '')
    if (words.length > 0) text(label, words.join('  '))
  }
  if (added.length > 0)
    text(special.size === tokenizer.added.length ? 'special' : 'added', [...added, ...rest].join('  '))
  for (const [role, id] of roles) if (id !== undefined) text(role, `${shown(id)} ${id}`)
  if (model.type === 'bpe') {
    const merged = Array.from(model.merges.result)
    line('first', merged.slice(0, 24))
    line('last', merged.slice(24).slice(-24))
  } else if (model.type === 'characters') line('ids', range(0, Math.min(size, 200)))
  return lines
}

export function tokensLines(folder: string, width: number): Line[] {
  const reader = new TokenReader(folder, 0)
  const tokenizer = loadTokenizer(folder)
  const { tokens, documents, bytes: size, vocab } = reader.meta
  const ids = new Int32Array(Math.min(48, tokens))
  reader.read(0, ids.length, ids)
  const pieces = [...ids].map((id) => JSON.stringify(tokenizer.idToToken(id) ?? '').slice(1, -1))
  return [
    [
      seg(`${count(tokens)} tokens of ${count(documents)} documents (${bytes(size)} of text), ${count(vocab)} ids, `),
      seg(`${(tokens === 0 ? 0 : size / tokens).toFixed(2)} bytes a token`),
    ],
    ...wrap(pieces.join('·'), width).map((row) => [seg(row, 'dim')]),
  ]
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index)
}
