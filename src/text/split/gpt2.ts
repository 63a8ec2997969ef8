/** GPT-2's split without its regular expression, and several times as fast. Tests hold that both agree. */

import { classAt, LETTER, NUMBER, OTHER, runEnd, SPACE, spaceEnd } from './classes.ts'

export const gpt2Pattern = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"

const [APOSTROPHE, BLANK] = [0x27, 0x20]
const [d, e, l, m, r, s, t, v] = [0x64, 0x65, 0x6c, 0x6d, 0x72, 0x73, 0x74, 0x76]

/** The end of the piece at `at`. */
export function gpt2PieceEnd(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at]!
  if (first === APOSTROPHE) {
    const contraction = contractionEnd(bytes, at, end)
    if (contraction !== 0) return contraction
  }
  // ` ?X+`, where X is letters, numbers, or other characters except white space
  const start = first === BLANK && at + 1 < end ? at + 1 : at
  const kind = classAt(bytes, start)
  if (kind === LETTER || kind === NUMBER || kind === OTHER) return runEnd(bytes, start, end, kind)
  return spaceEnd(bytes, at, runEnd(bytes, at, end, SPACE), end)
}

function contractionEnd(bytes: Uint8Array, at: number, end: number): number {
  const second = at + 1 < end ? bytes[at + 1]! : 0
  if (second === s || second === t || second === m || second === d) return at + 2
  const third = at + 2 < end ? bytes[at + 2]! : 0
  if ((second === r || second === v) && third === e) return at + 3
  return second === l && third === l ? at + 3 : 0
}
