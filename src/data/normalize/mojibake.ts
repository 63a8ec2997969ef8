/**
 * Mojibake: UTF-8 that somebody read as Latin-1 or Windows-1252 (`cafÃ©`, `itâ€™s`). Repaired as ftfy 6.3 does it (Robyn Speer,
 * https://github.com/rspeer/python-ftfy, Apache License 2.0), for these two encodings, the ones met in practice.
 */

// biome-ignore-all lint/suspicious/noControlCharactersInRegex: they are what it is about

import { isUtf8 } from 'node:buffer'
import { isBad } from './badness.ts'

/** The characters of the bytes 0x80 to 0x9f in Windows-1252; a byte without one stands for its C1 control. */
const windows1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'
const byteOf = new Map([...windows1252].map((character, i) => [character, 0x80 + i]))

/** Characters of bytes that go on a sequence of UTF-8, in either encoding. */
const next = `\\x80-\\xbf${[...windows1252].filter((character) => character > '\xff').join('')}`

/** What any repair needs to see: few texts have it, and looking for it is quick. */
const worthALook = new RegExp(
  `[\\x80-\\x9f]|[\\xc2-\\xdf][${next}\\ufffd]|[\\xc2\\xc3]\\?|[\\xc2\\xc3\\xc5\\xce\\xd0\\xd9] |[\\xe0-\\xf4][${next} \\x1a\\ufffd?][${next} \\x1a\\ufffd?]`,
)

/** Those of them that stand by themselves in no text. */
const strict = next.replace(/[‚„…‘’“”•–—]/g, '')

/** Whole sequences of UTF-8, not behind something that would go on one. */
const sequence = new RegExp(
  `(?<![${strict}])(?:[\\xc2-\\xdf][${next} ]|[\\xe0-\\xef][${next} ]{2}|[\\xf0\\xf3][${next} ]{3})+`,
  'g',
)

/** The text as it was meant. Text that does not look broken is given back as it is. */
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
  // Broken text within good text: each sequence by itself.
  const mended = text.replace(sequence, (match) =>
    match.length < text.length && isBad(match) ? repairMojibake(match) : match,
  )
  if (mended !== text) return mended
  // What is left are C1 controls, which nobody means: bytes of Windows-1252 that were read as Latin-1.
  return withoutControls(text)
}

/** Bytes, one a character, as UTF-8; nothing where they are none. */
function decoded(bytes: string | undefined, isLossy: boolean): string | undefined {
  if (bytes === undefined) return undefined
  const restored = restoreNoBreakSpaces(bytes)
  const buffer = Buffer.from(isLossy ? replaceLost(restored) : restored, 'latin1')
  return isUtf8(buffer) ? buffer.toString('utf8') : undefined
}

/** The bytes of a text in Latin-1, one a character. */
function toLatin1(text: string): string | undefined {
  return /^[\0-\xff]*$/.test(text) ? text : undefined
}

/** The bytes of a text in Windows-1252; U+FFFD, a byte that was lost, is 0x1a. */
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

/** Sequences that would be UTF-8 but for a no-break space that became a plain one. */
const altered =
  /[\xc2\xc3\xc5\xce\xd0\xd9] |[\xe2\xe3] [\x80-\x84\x86-\x9f\xa1-\xbf]|[\xe0-\xe3][\x80-\x84\x86-\x9f\xa1-\xbf] |\xf0 [\x80-\xbf][\x80-\xbf]|\xf0[\x80-\xbf] [\x80-\xbf]|\xf0[\x80-\xbf][\x80-\xbf] /g

/** "Ã la mode" is "à la mode", while some words of Portuguese begin with à. */
const aGraveWord = /\xc3 (?! |quele|quela|quilo|s )/g

function restoreNoBreakSpaces(bytes: string): string {
  return bytes.replace(aGraveWord, '\xc3\xa0 ').replace(altered, (match) => match.replaceAll(' ', '\xa0'))
}

/** Sequences of which a byte is lost. */
const lossy =
  /[\xc2-\xdf]\x1a|[\xc2-\xc3]\?|\xed[\xa0-\xaf][\x1a?]\xed[\xb0-\xbf][\x1a?\x80-\xbf]|\xed[\xa0-\xaf][\x1a?\x80-\xbf]\xed[\xb0-\xbf][\x1a?]|[\xe0-\xef][\x1a?][\x1a\x80-\xbf]|[\xe0-\xef][\x1a\x80-\xbf][\x1a?]|[\xf0-\xf4][\x1a?][\x1a\x80-\xbf][\x1a\x80-\xbf]|[\xf0-\xf4][\x1a\x80-\xbf][\x1a?][\x1a\x80-\xbf]|[\xf0-\xf4][\x1a\x80-\xbf][\x1a\x80-\xbf][\x1a?]|\x1a/g

/** They become U+FFFD, in UTF-8. */
function replaceLost(bytes: string): string {
  return bytes.replace(lossy, '\xef\xbf\xbd')
}

function withoutControls(text: string): string {
  return text.replace(/[\x80-\x9f]/g, (control) => windows1252[control.charCodeAt(0) - 0x80]!)
}
