/** Caches the tokens of pieces. */

import { Ids } from '../ids.ts'
import { Pieces } from './pieces.ts'

/** The cache is emptied when it has this many pieces or ids, about 10 MB. */
const cachedPieces = 1 << 17
const cachedIds = 1 << 19

export class PieceCache {
  readonly #pieces = new Pieces()
  readonly #ids = new Ids(1 << 12)
  /** The end of each piece's ids. */
  readonly #ends = new Ids(1 << 11)

  /** Appends the ids of the piece `bytes[start, end)`: cached ones, or those that `encodePiece` appends. */
  encode(
    bytes: Uint8Array,
    start: number,
    end: number,
    into: Ids,
    encodePiece: (start: number, end: number, into: Ids) => void,
  ): void {
    const known = this.#pieces.count
    if (known >= cachedPieces || this.#ids.length >= cachedIds) {
      this.#pieces.clear()
      this.#ids.clear()
      this.#ends.clear()
      encodePiece(start, end, into)
      return
    }
    const piece = this.#pieces.intern(bytes, start, end)
    if (piece === known) {
      encodePiece(start, end, this.#ids)
      this.#ends.push(this.#ids.length)
    }
    const ids = this.#ids.data
    const last = this.#ends.data[piece]!
    let at = piece === 0 ? 0 : this.#ends.data[piece - 1]!
    into.reserve(last - at)
    const target = into.data
    let length = into.length
    while (at < last) target[length++] = ids[at++]!
    into.length = length
  }
}
