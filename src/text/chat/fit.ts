/** Fits conversations into a context: cuts or drops long ones, and counts the loss. */

import type { EncodedChat } from './encode-chat.ts'

/** The treatment of a conversation that is longer than the context: cut its end, cut its start, or drop it. */
export type TooLong = 'cut_end' | 'cut_start' | 'drop'

export type Fitted =
  | {
      readonly ids: Uint32Array
      readonly mask: Uint8Array
      /** The number of ids that were cut, and how many of these would have been learned. */
      readonly cut: number
      readonly cutLearned: number
    }
  /** The rule that drops the conversation. `nothing left to learn`: no learned token is left after the cut. */
  | { readonly rule: 'too long' | 'nothing left to learn' }

/** Fits a conversation into at most `context` ids. */
export function fitChat({ ids, mask }: Pick<EncodedChat, 'ids' | 'mask'>, context: number, how: TooLong): Fitted {
  const over = ids.length - context
  if (over > 0 && how === 'drop') return { rule: 'too long' }
  const start = over > 0 && how === 'cut_start' ? over : 0
  const end = Math.min(ids.length, start + context)
  const kept = mask.subarray(start, end)
  // The first id is not a target: a model learns to predict an id from the ids before it.
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
