/** Classes of characters in split patterns: letters, numbers, white space, and others. */

export const LETTER = 1
export const NUMBER = 2
export const SPACE = 3
export const OTHER = 4

const letter = /\p{L}/u
const number = /\p{N}/u
// `\s` as in the regular expressions of Rust, Python and Oniguruma. JavaScript's `\s` lacks U+0085 and has U+FEFF, so that ports of
// tiktoken to JavaScript give different ids for these two.
const space = /\p{White_Space}/u

/** The class of each code point; 0 if it has not been computed yet. */
const classes = new Uint8Array(0x110000)
for (let point = 0; point < 0x80; point++) classes[point] = judge(point)

function judge(point: number): number {
  const character = String.fromCodePoint(point)
  if (letter.test(character)) return LETTER
  if (number.test(character)) return NUMBER
  return space.test(character) ? SPACE : OTHER
}

/** The class of the character at `at` in valid UTF-8. */
export function classAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!
  if (lead < 0x80) return classes[lead]!
  let point: number
  if (lead < 0xe0) point = ((lead & 0x1f) << 6) | (bytes[at + 1]! & 0x3f)
  else if (lead < 0xf0) point = ((lead & 0x0f) << 12) | ((bytes[at + 1]! & 0x3f) << 6) | (bytes[at + 2]! & 0x3f)
  else {
    point =
      ((lead & 0x07) << 18) | ((bytes[at + 1]! & 0x3f) << 12) | ((bytes[at + 2]! & 0x3f) << 6) | (bytes[at + 3]! & 0x3f)
  }
  const known = classes[point]!
  if (known !== 0) return known
  const found = judge(point)
  classes[point] = found
  return found
}

/** The number of bytes of a character whose first byte is `lead`. */
export function widthOf(lead: number): number {
  return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
}

/** The end of the run of characters of one class at `at`; `at` itself if the first character has another class. */
export function runEnd(bytes: Uint8Array, at: number, end: number, wanted: number): number {
  let here = at
  while (here < end) {
    const lead = bytes[here]!
    if (lead < 0x80) {
      if (classes[lead] !== wanted) return here
      here++
    } else {
      if (classAt(bytes, here) !== wanted) return here
      here += widthOf(lead)
    }
  }
  return here
}

/** The end of `\s+(?!\S)|\s+` on a run of white space. Before text, the last character of the run belongs to the next piece. */
export function spaceEnd(bytes: Uint8Array, at: number, run: number, end: number): number {
  if (run === end) return run
  let last = run - 1
  while ((bytes[last]! & 0xc0) === 0x80) last--
  return last > at ? last : run
}
