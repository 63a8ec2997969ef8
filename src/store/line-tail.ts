/** Reads the lines that another process appends to a file, maybe on another machine. */

import { closeSync, openSync, readSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'

/** The bytes that are read at once. All tails share the buffer, because a read is over before the next begins. */
const piece = Buffer.alloc(1 << 16)

export class LineTail {
  readonly #path: string
  readonly #decoder = new StringDecoder('utf8')
  #offset = 0
  #rest = ''

  constructor(path: string) {
    this.#path = path
  }

  /**
   * The lines that were added since the last call. The file is opened each time, since NFS looks for new bytes only then. A line that is not whole yet is
   * left for the next call. If the file system fails in between, the error is thrown, and the next call returns what was read before it too.
   */
  read(): string[] {
    const file = openSync(this.#path, 'r')
    try {
      for (;;) {
        const got = readSync(file, piece, 0, piece.length, this.#offset)
        if (got === 0) break
        this.#offset += got
        this.#rest += this.#decoder.write(piece.subarray(0, got))
      }
    } finally {
      closeSync(file)
    }
    if (!this.#rest.includes('\n')) return []
    const lines = this.#rest.split('\n')
    this.#rest = lines.pop() ?? ''
    return lines
  }
}
