/** A tokenizer with samples of what it learned, and tokens with how they read. */

import { loadTokenizer } from '../../text/load.ts'
import { TokenReader } from '../../text/tokens.ts'
import { bytes, count } from '../../view/format.ts'
import { type Line, seg, wrap } from '../../view/line.ts'

export function tokenizerLines(folder: string, width: number): Line[] {
  const tokenizer = loadTokenizer(folder)
  const { model, size, special } = tokenizer
  const shown = (id: number) =>
    JSON.stringify(tokenizer.idToToken(id) ?? '')
      .slice(1, -1)
      .replaceAll(' ', '␣')
  const lines: Line[] = [[seg(`${model.type}, ${count(size)} ids`)]]
  if (special.size > 0)
    lines.push([seg('special  ', 'dim'), seg([...special].map(([text, id]) => `${text} ${id}`).join('  '))])
  const line = (label: string, ids: readonly number[]) => {
    const words = ids.map(shown).filter((word) => word !== '')
    for (const [index, row] of wrap(words.join('  '), width - 9).entries())
      lines.push([seg((index === 0 ? label : '').padEnd(9), 'dim'), seg(row)])
  }
  if (model.type === 'bpe') {
    const first = 256
    const end = size - special.size
    line('first', range(first, Math.min(first + 24, end)))
    line('last', range(Math.max(first, end - 24), end))
  } else if (model.type === 'characters') line('ids', range(0, Math.min(size, 200)))
  return lines
}

export function tokensLines(folder: string, width: number): Line[] {
  const reader = new TokenReader(folder, 0)
  const tokenizer = loadTokenizer(folder)
  const { tokens, documents, bytes: size, vocab } = reader.meta
  const ids = new Int32Array(Math.min(48, tokens))
  reader.read(0, ids.length, ids)
  const pieces = [...ids].map((id) => JSON.stringify(tokenizer.decode([id])).slice(1, -1))
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
