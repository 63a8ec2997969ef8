/**
 * The file in which Weights & Biases keeps a run that is offline, `run-ID.wandb`: a header, then records of Protocol Buffers in the log
 * format of LevelDB (https://github.com/google/leveldb/blob/main/doc/log_format.md), whose checksum is here the CRC-32 of zlib.
 *
 *     uint32 CRC of type and data │ uint16 length │ uint8 type │ data
 */

import { appendFileSync, writeFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { concat } from '../protobuf.ts'

/** `:W&B`, a magic number and the version of the format. */
const fileHeader = Uint8Array.of(0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0)
const blockSize = 32_768
const headerSize = 7

const types = { whole: 1, first: 2, middle: 3, last: 4 } as const

export class TransactionLog {
  readonly #path: string
  #length: number

  /** Makes the file; throws an error if it exists. */
  constructor(path: string) {
    this.#path = path
    writeFileSync(path, fileHeader, { flag: 'wx' })
    this.#length = fileHeader.length
  }

  /** Appends a record. It is cut at the blocks of the file. */
  append(record: Uint8Array): void {
    const pieces: Uint8Array[] = []
    let left = record
    let isFirst = true
    do {
      const room = blockSize - (this.#length % blockSize)
      if (room < headerSize) {
        this.#length += room
        pieces.push(new Uint8Array(room))
        continue
      }
      const data = left.subarray(0, room - headerSize)
      left = left.subarray(data.length)
      const isLast = left.length === 0
      pieces.push(pieceOf(isFirst ? (isLast ? types.whole : types.first) : isLast ? types.last : types.middle, data))
      this.#length += headerSize + data.length
      isFirst = false
    } while (isFirst || left.length > 0)
    appendFileSync(this.#path, concat(pieces))
  }
}

function pieceOf(type: number, data: Uint8Array): Uint8Array {
  const header = new DataView(new ArrayBuffer(headerSize))
  // Not the CRC of the data, continued from that of the type: for no data zlib begins anew.
  header.setUint32(0, crc32(concat([Uint8Array.of(type), data])), true)
  header.setUint16(4, data.length, true)
  header.setUint8(6, type)
  return concat([new Uint8Array(header.buffer), data])
}
