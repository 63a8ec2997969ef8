/**
 * GPT-2's byte alphabet: a printable character for each byte, so that JSON can hold byte tokens. Its order (printable bytes, then the
 * others as U+0100, U+0101, …) is also the order of the first 256 ids of GPT-2, cl100k and our own BPE.
 */

/** The bytes in the order of their characters. */
export const byteOrder: readonly number[] = (() => {
  const printable: number[] = []
  const others: number[] = []
  for (let byte = 0; byte < 256; byte++) (isPrintable(byte) ? printable : others).push(byte)
  return [...printable, ...others]
})()

const toCharacter: string[] = []
const toByte = new Map<string, number>()
for (const [i, byte] of byteOrder.entries()) {
  const character = String.fromCharCode(isPrintable(byte) ? byte : 0x100 + i - 188)
  toCharacter[byte] = character
  toByte.set(character, byte)
}

/** Writes bytes in the alphabet: ` the` is `Ġthe`. */
export function toAlphabet(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += toCharacter[byte]!
  return text
}

/** The bytes of a text in the alphabet; `undefined` if it has a character outside of the alphabet. */
export function fromAlphabet(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    const byte = toByte.get(text[i]!)
    if (byte === undefined) return undefined
    bytes[i] = byte
  }
  return bytes
}

function isPrintable(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae
}
