/** The body of an HTTP response in a WARC record: without its transfer and content encodings. */

import * as zlib from 'node:zlib'
import { headerOf } from './records.ts'

export interface HttpBody {
  readonly header: ReadonlyMap<string, string>
  readonly body: Buffer
}

/** The most bytes of an unpacked body. */
const maxOutputLength = 64 << 20

/** The response in a block, or why it cannot be read. */
export function httpBody(block: Buffer): HttpBody | { readonly problem: string } {
  const end = block.indexOf('\r\n\r\n')
  const header = end === -1 ? undefined : headerOf(block.subarray(0, end))
  if (header === undefined) return { problem: 'a response without a header of HTTP' }
  const raw = block.subarray(end + 4)
  // Crawlers often store the body unchunked and leave the header.
  const body = /chunked/i.test(header.get('transfer-encoding') ?? '') ? (unchunked(raw) ?? raw) : raw
  const encoding = header.get('content-encoding')?.toLowerCase() ?? ''
  try {
    return { header, body: unpacked(body, encoding) }
  } catch (error) {
    return { problem: `a body packed with ${encoding} that cannot be unpacked (${(error as Error).message})` }
  }
}

function unpacked(body: Buffer, encoding: string): Buffer {
  if (/gzip/.test(encoding)) {
    // Likewise.
    return body[0] === 0x1f && body[1] === 0x8b ? zlib.gunzipSync(body, { maxOutputLength }) : body
  }
  if (/\bbr\b/.test(encoding)) return zlib.brotliDecompressSync(body, { maxOutputLength })
  if (/deflate/.test(encoding)) {
    const isWrapped = (body[0]! & 15) === 8
    return isWrapped ? zlib.inflateSync(body, { maxOutputLength }) : zlib.inflateRawSync(body, { maxOutputLength })
  }
  return body
}

/** The chunks of a body without their lengths (RFC 9112, section 7.1); `undefined` if the body is not chunked. A body that is cut off ends there. */
function unchunked(body: Buffer): Buffer | undefined {
  const pieces: Buffer[] = []
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf('\r\n', at)
    const size = /^\s*([0-9a-f]{1,8})\s*(?:;|$)/i.exec(body.toString('latin1', at, Math.min(end, at + 100)))
    if (end === -1 || size === null) return pieces.length === 0 ? undefined : Buffer.concat(pieces)
    const length = Number.parseInt(size[1]!, 16)
    if (length === 0) break
    pieces.push(body.subarray(end + 2, end + 2 + length))
    at = end + 2 + length + 2
  }
  return Buffer.concat(pieces)
}
