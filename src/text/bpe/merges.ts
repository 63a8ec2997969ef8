/** Derives the merges of a vocabulary that lacks them (tiktoken's files): every way to join two tokens to a third. */

import type { Merges } from './merge.ts'
import { Pieces } from './pieces.ts'

/**
 * The merges of `tokens`, which are in the order of their ranks: all splits of each token into two tokens. tiktoken joins any two
 * neighbors whose bytes are a token, lowest rank first, so that all splits are needed, with the rank of their result. Splits of one
 * token are ordered by their parts, as in Hugging Face's converter.
 */
export function mergesOf(tokens: readonly (Uint8Array | undefined)[]): Merges {
  const pieces = new Pieces()
  const ids: number[] = []
  for (const [id, token] of tokens.entries()) {
    if (token !== undefined && pieces.intern(token, 0, token.length) === ids.length) ids.push(id)
  }
  const [left, right, result]: [number[], number[], number[]] = [[], [], []]
  for (const [id, token] of tokens.entries()) {
    if (token === undefined || token.length < 2) continue
    const splits: [number, number][] = []
    for (let middle = 1; middle < token.length; middle++) {
      const a = pieces.find(token, 0, middle)
      const b = pieces.find(token, middle, token.length)
      if (a !== -1 && b !== -1) splits.push([ids[a]!, ids[b]!])
    }
    splits.sort((a, b) => a[0] - b[0] || a[1] - b[1])
    for (const [a, b] of splits) {
      left.push(a)
      right.push(b)
      result.push(id)
    }
  }
  return { left, right, result }
}
