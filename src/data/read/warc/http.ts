/** The body of an HTTP response in a WARC record: without its transfer and content encodings. */

import * as zlib from 'node:zlib'
import { isPlain } from '../packing/packings.ts'
import { headerOf } from './records.ts'

export interface HttpBody {
  readonly header: ReadonlyMap<string, string>
  readonly body: Buffer
}

/** The most bytes of an unpacked body. */
const maxOutputLength = 64 << 20

/** The longest header, in bytes. */
const maxHeader = 64 << 10

/** The response in a block, or why it cannot be read. */
export function httpBody(block: Buffer): HttpBody | { readonly problem: string } {
  // Some servers end lines with \n alone.
  const end = /\r?\n\r?\n/.exec(block.toString('latin1', 0, maxHeader))
  const header = end === null ? undefined : headerOf(block.subarray(0, end.index))
  if (end === null || header === undefined) return { problem: 'a response without a header of HTTP' }
  const raw = block.subarray(end.index + end[0].length)
  // Crawlers often store the body unchunked and leave the header.
  const body = /chunked/i.test(header.get('transfer-encoding') ?? '') ? (unchunked(raw) ?? raw) : raw
  const encodings = (header.get('content-encoding') ?? '').toLowerCase().split(/[\s,]+/)
  let unpacked = body
  // The encoding that was applied last comes last.
  for (const encoding of encodings.reverse()) {
    const unpack = encodingsOfBodies[encoding]
    // Crawlers often store the body unpacked and leave the header, too.
    if (unpacked.length === 0 || notEncoded.has(encoding) || isPlain(unpacked)) continue
    if (unpack === undefined) return { problem: `a body packed with ${encoding}, which is not read` }
    try {
      unpacked = unpack(unpacked)
    } catch (error) {
      return { problem: `a body packed with ${encoding} that cannot be unpacked (${(error as Error).message})` }
    }
  }
  return { header, body: unpacked }
}

/** Values of Content-Encoding that mean no encoding. */
const notEncoded: ReadonlySet<string> = new Set(['', 'identity', 'none', 'utf-8'])

/** How bodies are unpacked, by the names that Content-Encoding gives (RFC 9110, section 8.4.1). */
const encodingsOfBodies: Readonly<Record<string, ((body: Buffer) => Buffer) | undefined>> = {
  gzip,
  'x-gzip': gzip,
  br: (body) => zlib.brotliDecompressSync(body, { maxOutputLength }),
  deflate(body) {
    const isWrapped = (body[0]! & 15) === 8
    return isWrapped ? zlib.inflateSync(body, { maxOutputLength }) : zlib.inflateRawSync(body, { maxOutputLength })
  },
}

function gzip(body: Buffer): Buffer {
  // A page in another charset is not plain.
  return body[0] === 0x1f && body[1] === 0x8b ? zlib.gunzipSync(body, { maxOutputLength }) : body
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
