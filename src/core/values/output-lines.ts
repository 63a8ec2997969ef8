/** Lines of the output of other programs, in bounded memory: long lines are cut, and of many lines the first and the last are kept. */

import { StringDecoder } from 'node:string_decoder'

const LINE_FEED = 0x0a
const RETURN = 0x0d

export interface Splitting {
  /** The most bytes of a line, given its first byte. The end of a longer line says how many bytes were cut. */
  most(first: number): number
  /** Whether a carriage return ends a line too, as progress bars use it. */
  readonly returns?: boolean
}

/** Divides a stream of bytes into lines. */
export class OutputLines {
  readonly #hear: (line: string) => void
  readonly #splitting: Splitting
  #parts: Buffer[] = []
  #held = 0
  #most = 0
  #lost = 0
  #isEmpty = true
  #afterReturn = false

  constructor(hear: (line: string) => void, splitting: Splitting) {
    this.#hear = hear
    this.#splitting = splitting
  }

  take(piece: Buffer): void {
    let from = 0
    while (from < piece.length) {
      // A carriage return and a line feed together end one line.
      if (this.#afterReturn && piece[from] === LINE_FEED) from++
      this.#afterReturn = false
      const end = this.#endIn(piece, from)
      if (end < 0) {
        this.#add(piece.subarray(from))
        return
      }
      this.#add(piece.subarray(from, end))
      this.#flush()
      this.#afterReturn = piece[end] === RETURN
      from = end + 1
    }
  }

  /** The last line, if it has no end. */
  end(): void {
    if (!this.#isEmpty) this.#flush()
  }

  #endIn(piece: Buffer, from: number): number {
    const feed = piece.indexOf(LINE_FEED, from)
    if (!this.#splitting.returns) return feed
    const back = (feed < 0 ? piece : piece.subarray(0, feed)).indexOf(RETURN, from)
    return back < 0 ? feed : back
  }

  #add(bytes: Buffer): void {
    if (bytes.length === 0) return
    if (this.#isEmpty) this.#most = this.#splitting.most(bytes[0]!)
    this.#isEmpty = false
    const kept = Math.min(bytes.length, this.#most - this.#held)
    // A copy, because the piece is a view of a buffer that is reused.
    if (kept > 0) this.#parts.push(Buffer.from(bytes.subarray(0, kept)))
    this.#held += kept
    this.#lost += bytes.length - kept
  }

  #flush(): void {
    const bytes = Buffer.concat(this.#parts)
    // Removes the half of a character at the cut.
    const text = this.#lost === 0 ? bytes.toString('utf8') : new StringDecoder('utf8').write(bytes)
    const more = this.#lost === 0 ? '' : ` … (${this.#lost.toLocaleString('en-US')} bytes more)`
    this.#parts = []
    this.#held = 0
    this.#lost = 0
    this.#isEmpty = true
    this.#hear(`${text}${more}`)
  }
}

/** The bytes that a line costs besides its own: it is an event in the log of the run, with a time and a stage. */
export const LINE_COST = 128

/** The number of last lines that are always kept. */
const TAIL = 20

/** Passes lines on within a budget. After that it counts lines and keeps the last ones. */
export class LineBudget {
  readonly #pass: (line: string) => void
  #left: number
  #lines = 0
  #bytes = 0
  readonly #tail: string[] = []

  /** `most`: the bytes that are passed on, with the cost of each line. */
  constructor(most: number, pass: (line: string) => void) {
    this.#left = most
    this.#pass = pass
  }

  take(line: string): void {
    const size = Buffer.byteLength(line) + 1
    this.#left -= size + LINE_COST
    if (this.#left >= 0) {
      this.#pass(line)
      return
    }
    // After the first line left out, no other is passed on, so that there are no gaps.
    this.#left = Number.NEGATIVE_INFINITY
    this.#lines++
    this.#bytes += size
    this.#tail.push(line)
    if (this.#tail.length > TAIL) this.#tail.shift()
  }

  /** Passes on the last lines. Returns the sentence about the lines left out; `undefined` if there are none. */
  end(): string | undefined {
    if (this.#lines === 0) return undefined
    const left = this.#lines - this.#tail.length
    const lost = this.#bytes - this.#tail.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0)
    const said =
      left === 0
        ? undefined
        : `${left.toLocaleString('en-US')} lines of output (${(lost / 1e6).toFixed(1)} MB) are left out here`
    if (said !== undefined) this.#pass(`… ${said} …`)
    for (const line of this.#tail) this.#pass(line)
    return said
  }
}
