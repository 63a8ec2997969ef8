/**
 * Content-defined boundaries of parts, as rsync and FastCDC (Xia et al. 2016) cut files. Boundaries depend on content and not on
 * position, so that parts stay the same when something is added, changed or removed elsewhere.
 */

/**
 * The approximate size of parts, in bytes: about a second of cleaning, and one kept folder each. LLMPIPE_PART_BYTES changes it; parts of other sizes are then
 * made again, and no output changes, except for a tokenizer whose corpus has more different pieces than `PieceCounter` keeps.
 */
export const partBytes = Math.max(1, Number(process.env.LLMPIPE_PART_BYTES) || 4 * 1024 ** 2)

/** Decides for one item after the other, in order: first whether a part ends before it, then whether a part ends after it. */
export interface Boundaries {
  before(bytes: number): boolean
  /** `hash`: a 32-bit hash of the item's content. */
  behind(bytes: number, hash: number): boolean
}

/**
 * An item of `size` bytes or more is a part by itself. For smaller items the hash decides, within limits: a part ends once it has
 * 4 × `size` bytes, and has at least `size` / 4 bytes unless it precedes a large item or is the last.
 */
export function boundaries(size: number): Boundaries {
  let length = 0
  const endsWhere = (ends: boolean) => {
    if (ends) length = 0
    return ends
  }
  return {
    before: (bytes) => endsWhere(length > 0 && bytes >= size),
    behind(bytes, hash) {
      length += bytes
      return endsWhere(length >= 4 * size || (length >= size / 4 && hash < 2 ** 32 * (bytes / size)))
    },
  }
}
