/** Decodes pages of the web: the charset is that of the byte order mark, of HTTP, or of the page, in this order (WHATWG, HTML 13.2.3). */

import { isUtf8 } from 'node:buffer'

export interface DecodedPage {
  readonly text: string
  /** Whether some bytes stand for no character in the charset. */
  readonly isDamaged: boolean
}

/** Decodes a page. `declared`: the charset that HTTP gives, if it does. */
export function decodePage(bytes: Buffer, declared?: string): DecodedPage {
  const [a, b, c] = bytes
  const mark =
    a === 0xef && b === 0xbb && c === 0xbf
      ? 'utf-8'
      : a === 0xff && b === 0xfe
        ? 'utf-16le'
        : a === 0xfe && b === 0xff
          ? 'utf-16be'
          : undefined
  const own = charsetIn(bytes.toString('latin1', 0, 4096))
  for (const name of [mark, declared, own]) {
    const decoder = decoderOf(name)
    if (decoder === undefined) continue
    // Many pages say Latin-1 and are UTF-8; the other way round, U+FFFD would stand for every letter with an accent.
    if (decoder.encoding !== 'utf-8' && mark === undefined && hasMultibyte(bytes))
      return { text: bytes.toString('utf8'), isDamaged: false }
    if (decoder.encoding === 'utf-8' && !isUtf8(bytes) && mark === undefined) continue
    const text = decoder.decode(bytes)
    return { text, isDamaged: text.includes('\ufffd') && !isUtf8(bytes) }
  }
  if (isUtf8(bytes)) return { text: bytes.toString('utf8'), isDamaged: false }
  // Bytes that are neither: mostly UTF-8 that is cut in the middle of a character, or windows-1252.
  const text = bytes.toString('utf8')
  const { whole, lost } = beyondAscii(text)
  if (whole > lost || (lost <= 3 && hasSequences(bytes))) return { text, isDamaged: true }
  return { text: new TextDecoder('windows-1252').decode(bytes), isDamaged: false }
}

/** The charset that a value of Content-Type gives. */
export function charsetOf(contentType: string | undefined): string | undefined {
  return /charset\s*=\s*["']?([^\s"';]+)/i.exec(contentType ?? '')?.[1]
}

function charsetIn(start: string): string | undefined {
  return (
    /<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w-]+)/i.exec(start)?.[1] ??
    /^\s*<\?xml[^>]{0,200}encoding\s*=\s*["']([\w-]+)/i.exec(start)?.[1]
  )
}

function decoderOf(name: string | undefined): InstanceType<typeof TextDecoder> | undefined {
  if (name === undefined) return undefined
  try {
    return new TextDecoder(name)
  } catch {
    return undefined
  }
}

/** The number of characters beyond ASCII in a text that was decoded as UTF-8, and of those that its bytes did not give. */
function beyondAscii(text: string): { readonly whole: number; readonly lost: number } {
  let whole = 0
  let lost = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === 0xfffd) lost++
    // The second half of a pair is part of the same character.
    else if (unit > 127 && (unit < 0xdc00 || unit > 0xdfff)) whole++
  }
  return { whole, lost }
}

/** Whether bytes are UTF-8 with characters beyond ASCII. */
function hasMultibyte(bytes: Buffer): boolean {
  return isUtf8(bytes) && bytes.some((byte) => byte > 127) && hasSequences(bytes)
}

/** Whether a character of several bytes in UTF-8 occurs. */
function hasSequences(bytes: Buffer): boolean {
  return /[\xc3-\xf4][\x80-\xbf]/.test(bytes.toString('latin1'))
}
