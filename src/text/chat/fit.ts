/** Fits conversations into a context: what is too long is cut or left out, and what was lost is said. */

import type { EncodedChat } from './encode-chat.ts'

/** What is done with a conversation longer than the context: its end or its beginning is cut off, or it is left out. */
export type TooLong = 'cut_end' | 'cut_start' | 'drop'

export type Fitted =
  | {
      readonly ids: Uint32Array
      readonly mask: Uint8Array
      /** How many ids were cut off, and how many of them would have been learned. */
      readonly cut: number
      readonly cutLearned: number
    }
  /** `too long`, or `nothing left to learn`: all that is left is masked, and its loss would be none. */
  | { readonly rule: 'too long' | 'nothing left to learn' }

/** A conversation in at most `context` ids. */
export function fitChat({ ids, mask }: Pick<EncodedChat, 'ids' | 'mask'>, context: number, how: TooLong): Fitted {
  const over = ids.length - context
  if (over > 0 && how === 'drop') return { rule: 'too long' }
  const start = over > 0 && how === 'cut_start' ? over : 0
  const end = Math.min(ids.length, start + context)
  const kept = mask.subarray(start, end)
  // The first id is nobody's target: the model learns to say an id from those before it.
  const learned = count(kept.subarray(1))
  if (learned === 0) return { rule: 'nothing left to learn' }
  return {
    ids: ids.slice(start, end),
    mask: kept.slice(),
    cut: ids.length - (end - start),
    cutLearned: count(mask.subarray(1)) - learned,
  }
}

function count(mask: Uint8Array): number {
  let ones = 0
  for (const bit of mask) ones += bit
  return ones
}
