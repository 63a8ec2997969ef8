/** Hugging Face's `Digits` step: every digit is a piece, and so is the text between two digits. */

import { classAt, NUMBER, widthOf } from './classes.ts'

export const digitPattern = '\\p{N}'

/** The end of the piece at `at`. */
export function digitEnd(bytes: Uint8Array, at: number, end: number): number {
  if (classAt(bytes, at) === NUMBER) return at + widthOf(bytes[at]!)
  let here = at
  while (here < end && classAt(bytes, here) !== NUMBER) here += widthOf(bytes[here]!)
  return here
}
