/** Reads the parts of a model file of fastText: numbers, texts and matrices. */

export class FileReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  skip(bytes: number): void {
    this.#at += bytes
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#at++)
  }

  int32(): number {
    this.#at += 4
    return this.#bytes.readInt32LE(this.#at - 4)
  }

  int64(): number {
    this.#at += 8
    return Number(this.#bytes.readBigInt64LE(this.#at - 8))
  }

  /** A text that ends with a zero byte. */
  text(): string {
    const end = this.#bytes.indexOf(0, this.#at)
    const text = this.#bytes.toString('utf8', this.#at, end)
    this.#at = end + 1
    return text
  }

  bytes(count: number): Buffer {
    this.#at += count
    return this.#bytes.subarray(this.#at - count, this.#at)
  }

  float32s(count: number): Float32Array {
    const bytes = this.bytes(4 * count)
    return Float32Array.from({ length: count }, (_, i) => bytes.readFloatLE(4 * i))
  }
}

/** A matrix of numbers, row by row. */
export function readMatrix(file: FileReader): Float32Array {
  const rows = file.int64()
  const columns = file.int64()
  return file.float32s(rows * columns)
}

/** A matrix with product quantization, and its norms quantized apart (Joulin et al. 2016, "FastText.zip"), row by row. */
export function readQuantizedMatrix(file: FileReader): Float32Array {
  const hasNorms = file.byte() === 1
  const rows = file.int64()
  const columns = file.int64()
  const codes = file.bytes(file.int32())
  const quantizer = readQuantizer(file)
  const matrix = new Float32Array(rows * columns)
  for (let row = 0; row < rows; row++) quantizer.decode(codes, row, matrix.subarray(row * columns, (row + 1) * columns))
  if (!hasNorms) return matrix
  const normCodes = file.bytes(rows)
  const norms = readQuantizer(file)
  const norm = new Float32Array(1)
  for (let row = 0; row < rows; row++) {
    norms.decode(normCodes, row, norm)
    for (let i = row * columns; i < (row + 1) * columns; i++) matrix[i]! *= norm[0]!
  }
  return matrix
}

interface Quantizer {
  /** Writes the vector of a row to `into`. */
  decode(codes: Uint8Array, row: number, into: Float32Array): void
}

/** A product quantizer: a vector is cut into parts, and each part is one of 256 centroids. */
function readQuantizer(file: FileReader): Quantizer {
  const dimension = file.int32()
  const parts = file.int32()
  const width = file.int32()
  const lastWidth = file.int32()
  const centroids = file.float32s(dimension * 256)
  return {
    decode(codes, row, into) {
      for (let part = 0; part < parts; part++) {
        const own = part === parts - 1 ? lastWidth : width
        const from = part * 256 * width + codes[row * parts + part]! * own
        into.set(centroids.subarray(from, from + own), part * width)
      }
    },
  }
}
