/**
 * Where parts end. Content says it, and not place, so that parts are found again beside whatever was added, changed or removed:
 * as rsync and FastCDC (Xia et al. 2016) cut files.
 */

/** How long parts are, more or less, in bytes: a second or so of cleaning, and one kept folder for each. */
export const partBytes = 4 * 1024 ** 2

/** Says of one thing after another, in order, whether a part ends before it, and then whether one ends behind it. */
export interface Boundaries {
  before(bytes: number): boolean
  /** `hash`: 32 bits of the thing's content. */
  behind(bytes: number, hash: number): boolean
}

/**
 * A thing of `size` or more is a part by itself. Of smaller ones the hash decides, but no part is longer than four times `size` by
 * more than its last thing, and none ends behind less than a quarter, but for the one before a large thing and the last.
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
