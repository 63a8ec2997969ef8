/**
 * Repairs mojibake: UTF-8 that was decoded as Latin-1 or Windows-1252 (`cafÃ©`, `itâ€™s`). Follows ftfy 6.3 (Robyn Speer,
 * https://github.com/rspeer/python-ftfy, Apache License 2.0) for these two encodings, which are the common ones.
 */

// biome-ignore-all lint/suspicious/noControlCharactersInRegex: mojibake contains C1 controls

import { isUtf8 } from 'node:buffer'
import { isBad } from './badness.ts'

/** The characters of the bytes 0x80 to 0x9f in Windows-1252; its C1 control for a byte without a character. */
const windows1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'
const byteOf = new Map([...windows1252].map((character, i) => [character, 0x80 + i]))

/** Characters that stand for continuation bytes of UTF-8, in either encoding. */
const next = `\\x80-\\xbf${[...windows1252].filter((character) => character > '\xff').join('')}`

/** A quick test that only few texts pass: every text that can be repaired matches it. */
const worthALook = new RegExp(
  `[\\x80-\\x9f]|[\\xc2-\\xdf][${next}\\ufffd]|[\\xc2\\xc3]\\?|[\\xc2\\xc3\\xc5\\xce\\xd0\\xd9] |[\\xe0-\\xf4][${next} \\x1a\\ufffd?][${next} \\x1a\\ufffd?]`,
)

/** The characters among `next` that do not occur by themselves in a text. */
const strict = next.replace(/[‚„…‘’“”•–—]/g, '')

/** Whole sequences of UTF-8 that do not follow a continuation byte. */
const sequence = new RegExp(
  `(?<![${strict}])(?:[\\xc2-\\xdf][${next} ]|[\\xe0-\\xef][${next} ]{2}|[\\xf0\\xf3][${next} ]{3})+`,
  'g',
)

/** Repairs a text. Text without mojibake is returned unchanged. */
export function repairMojibake(text: string): string {
  for (;;) {
    if (!worthALook.test(text)) return text
    const repaired = repairOnce(text)
    if (repaired === text) return text
    text = repaired
  }
}

function repairOnce(text: string): string {
  if (!isBad(text)) return text
  const whole = decoded(toLatin1(text), false) ?? decoded(toWindows1252(text), true)
  if (whole !== undefined) return whole
  // For broken text inside of good text, repair each sequence by itself.
  const mended = text.replace(sequence, (match) =>
    match.length < text.length && isBad(match) ? repairMojibake(match) : match,
  )
  if (mended !== text) return mended
  // The remaining C1 controls are bytes of Windows-1252 that were decoded as Latin-1.
  return withoutControls(text)
}

/** Decodes UTF-8 from bytes, one a character. Returns `undefined` if the bytes are not UTF-8. */
function decoded(bytes: string | undefined, isLossy: boolean): string | undefined {
  if (bytes === undefined) return undefined
  const restored = restoreNoBreakSpaces(bytes)
  const buffer = Buffer.from(isLossy ? replaceLost(restored) : restored, 'latin1')
  return isUtf8(buffer) ? buffer.toString('utf8') : undefined
}

/** Encodes a text as Latin-1, one byte a character. Returns `undefined` if it does not fit. */
function toLatin1(text: string): string | undefined {
  return /^[\0-\xff]*$/.test(text) ? text : undefined
}

/** Encodes a text as Windows-1252. U+FFFD, a lost byte, becomes 0x1a. Returns `undefined` if the text does not fit. */
function toWindows1252(text: string): string | undefined {
  let fits = !text.includes('\x1a')
  const bytes = text.replace(/[^\0-\x7f]/g, (character) => {
    if (character === '\ufffd') return '\x1a'
    const byte = byteOf.get(character)
    if (byte !== undefined) return String.fromCharCode(byte)
    if (character < '\xa0' || character > '\xff') fits = false
    return character
  })
  return fits ? bytes : undefined
}

/** Sequences that would be UTF-8 if a space in them were a no-break space. */
const altered =
  /[\xc2\xc3\xc5\xce\xd0\xd9] |[\xe2\xe3] [\x80-\x84\x86-\x9f\xa1-\xbf]|[\xe0-\xe3][\x80-\x84\x86-\x9f\xa1-\xbf] |\xf0 [\x80-\xbf][\x80-\xbf]|\xf0[\x80-\xbf] [\x80-\xbf]|\xf0[\x80-\xbf][\x80-\xbf] /g

/** "Ã la mode" stands for "à la mode", but some Portuguese words begin with à. */
const aGraveWord = /\xc3 (?! |quele|quela|quilo|s )/g

function restoreNoBreakSpaces(bytes: string): string {
  return bytes.replace(aGraveWord, '\xc3\xa0 ').replace(altered, (match) => match.replaceAll(' ', '\xa0'))
}

/** Sequences of UTF-8 with a lost byte. */
const lossy =
  /[\xc2-\xdf]\x1a|[\xc2-\xc3]\?|\xed[\xa0-\xaf][\x1a?]\xed[\xb0-\xbf][\x1a?\x80-\xbf]|\xed[\xa0-\xaf][\x1a?\x80-\xbf]\xed[\xb0-\xbf][\x1a?]|[\xe0-\xef][\x1a?][\x1a\x80-\xbf]|[\xe0-\xef][\x1a\x80-\xbf][\x1a?]|[\xf0-\xf4][\x1a?][\x1a\x80-\xbf][\x1a\x80-\xbf]|[\xf0-\xf4][\x1a\x80-\xbf][\x1a?][\x1a\x80-\xbf]|[\xf0-\xf4][\x1a\x80-\xbf][\x1a\x80-\xbf][\x1a?]|\x1a/g

/** Replaces sequences with a lost byte by U+FFFD, in UTF-8. */
function replaceLost(bytes: string): string {
  return bytes.replace(lossy, '\xef\xbf\xbd')
}

function withoutControls(text: string): string {
  return text.replace(/[\x80-\x9f]/g, (control) => windows1252[control.charCodeAt(0) - 0x80]!)
}
