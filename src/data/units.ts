/** The UTF-16 units of a text as an array of numbers: walks over such arrays are several times as fast as over texts. */

import { Buffer } from 'node:buffer'

/** The longest text whose array is used again, in units. */
const keptLength = 1 << 20

let kept = new Uint16Array(4096)
let bytes = Buffer.from(kept.buffer)

/** The units of a text, and one 0 at the least behind them, in an array that the next call overwrites. */
export function unitsOf(text: string): Uint16Array {
  if (text.length > keptLength) {
    const units = new Uint16Array(text.length + 1)
    Buffer.from(units.buffer).write(text, 'utf16le')
    return units
  }
  if (text.length >= kept.length) {
    kept = new Uint16Array(2 * text.length)
    bytes = Buffer.from(kept.buffer)
  }
  bytes.write(text, 'utf16le')
  kept[text.length] = 0
  return kept
}
