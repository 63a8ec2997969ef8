/**
 * Reads a quantized classifier of fastText (`.ftz`, version 12 of the format) and predicts the most likely label of a text, as
 * `fasttext.predict` does: Joulin et al. 2016, "Bag of Tricks for Efficient Text Classification", and "FastText.zip". It supports what
 * lid.176.ftz uses: character n-grams, a pruned dictionary, quantized input and the hierarchical softmax.
 */

import { FileReader, readMatrix, readQuantizedMatrix } from './fasttext-file.ts'

export interface Prediction {
  readonly label: string
  /** The probability of the label, from 0 to 1. */
  readonly probability: number
}

/** A node of the binary tree of the hierarchical softmax; a leaf is a label. */
interface TreeNode {
  readonly left: number
  readonly right: number
  readonly count: number
}

/** The sum of the vectors of a token's features, and their number. */
interface TokenSum {
  readonly sum: Float64Array
  readonly features: number
}

/** Tokens are kept up to this number, and only if they are short: most words of a corpus are few. */
const keptTokens = 1 << 17
const longestKept = 40

const encoder = new TextEncoder()

/** The end of a text, which fastText counts as a word. */
const endOfText = '</s>'

export class FastText {
  readonly #dimension: number
  readonly #shortest: number
  readonly #longest: number
  readonly #buckets: number
  readonly #words = new Map<string, number>()
  readonly #labels: string[] = []
  /** The row of each n-gram that pruning has left, by its hash; 0, which is a word, if none is left. */
  readonly #rows: Int32Array
  readonly #input: Float32Array
  readonly #output: Float32Array
  readonly #tree: readonly TreeNode[]
  readonly #tokens = new Map<string, TokenSum>()
  #bytes = new Uint8Array(1024)

  /** Throws an Error for a file that is not such a classifier. */
  constructor(bytes: Buffer) {
    const file = new FileReader(bytes)
    if (file.int32() !== 793_712_314 || file.int32() !== 12) throw new Error('not a model of fastText, version 12')
    const dimension = file.int32()
    file.skip(4 * 4)
    const wordNgrams = file.int32()
    const loss = file.int32()
    const model = file.int32()
    this.#buckets = file.int32()
    this.#shortest = file.int32()
    this.#longest = file.int32()
    file.skip(4 + 8)
    if (model !== 3 || loss !== 1 || wordNgrams !== 1)
      throw new Error('only classifiers with a hierarchical softmax and without word n-grams are supported')
    this.#dimension = dimension
    const entries = file.int32()
    const words = file.int32()
    file.skip(4 + 8)
    const pruned = file.int64()
    const counts: number[] = []
    for (let i = 0; i < entries; i++) {
      const text = file.text()
      const count = file.int64()
      if (file.byte() === 0) this.#words.set(text, i)
      else {
        this.#labels.push(text.replace(/^__label__/, ''))
        counts.push(count)
      }
    }
    this.#rows = new Int32Array(this.#buckets)
    for (let i = 0; i < pruned; i++) {
      const hash = file.int32()
      this.#rows[hash] = words + file.int32()
    }
    if (file.byte() !== 1) throw new Error('only quantized models are supported')
    this.#input = readQuantizedMatrix(file)
    this.#output = file.byte() === 1 ? readQuantizedMatrix(file) : readMatrix(file)
    this.#tree = huffmanTree(counts)
  }

  /** The labels, such as `en`. */
  get labels(): readonly string[] {
    return this.#labels
  }

  /** The most likely label of a text. Line ends count as spaces. */
  predict(text: string): Prediction {
    const hidden = new Float64Array(this.#dimension)
    let features = 0
    for (const token of text.split(/[ \n\r\t\v\f\0]+/)) {
      if (token !== '' && !token.startsWith('__label__')) features += this.#add(token, hidden)
    }
    features += this.#add(endOfText, hidden)
    if (features > 0) for (let i = 0; i < hidden.length; i++) hidden[i]! /= features
    return this.#likeliest(hidden)
  }

  /** Adds the vectors of a token to `hidden`; returns their number. */
  #add(token: string, hidden: Float64Array): number {
    const { sum, features } = this.#sumOf(token)
    for (let i = 0; i < hidden.length; i++) hidden[i]! += sum[i]!
    return features
  }

  #sumOf(token: string): TokenSum {
    const known = this.#tokens.get(token)
    if (known !== undefined) return known
    const sum = new Float64Array(this.#dimension)
    let features = 0
    const addRow = (row: number) => {
      const at = row * this.#dimension
      for (let i = 0; i < sum.length; i++) sum[i]! += this.#input[at + i]!
      features++
    }
    const word = this.#words.get(token)
    if (word !== undefined) addRow(word)
    if (token !== endOfText) this.#forNgrams(token, addRow)
    const made = { sum, features }
    if (token.length <= longestKept) {
      if (this.#tokens.size >= keptTokens) this.#tokens.clear()
      this.#tokens.set(token, made)
    }
    return made
  }

  /** Calls `take` with the row of each n-gram of the token, between < and >. */
  #forNgrams(token: string, take: (row: number) => void): void {
    // UTF-8 has at most 3 bytes for each unit of UTF-16.
    if (this.#bytes.length < 3 * token.length + 2) this.#bytes = new Uint8Array(6 * token.length)
    const bytes = this.#bytes
    const end = encoder.encodeInto(`<${token}>`, bytes).written
    for (let from = 0; from < end; from++) {
      if (isContinuation(bytes[from]!)) continue
      let hash = 0x811c9dc5
      for (let to = from, length = 1; to < end && length <= this.#longest; length++) {
        // FNV-1a, in which fastText extends the sign of each byte.
        do hash = Math.imul(hash ^ ((bytes[to++]! << 24) >> 24), 0x01000193)
        while (to < end && isContinuation(bytes[to]!))
        if (length < this.#shortest || (length === 1 && (from === 0 || to === end))) continue
        const row = this.#rows[(hash >>> 0) % this.#buckets]!
        if (row !== 0) take(row)
      }
    }
  }

  /** Searches the tree for the likeliest leaf. Branches that cannot be likelier than the best leaf so far are left out. */
  #likeliest(hidden: Float64Array): Prediction {
    const leaves = this.#labels.length
    let best = Number.NEGATIVE_INFINITY
    let label = 0
    const visit = (at: number, score: number) => {
      if (score < best) return
      const { left, right } = this.#tree[at]!
      if (left === -1) {
        best = score
        label = at
        return
      }
      let sum = 0
      const row = (at - leaves) * this.#dimension
      for (let i = 0; i < hidden.length; i++) sum += hidden[i]! * this.#output[row + i]!
      const toRight = 1 / (1 + Math.exp(-sum))
      visit(left, score + logarithm(1 - toRight))
      visit(right, score + logarithm(toRight))
    }
    visit(this.#tree.length - 1, 0)
    return { label: this.#labels[label]!, probability: Math.min(1, Math.exp(best)) }
  }
}

/** The logarithm as fastText computes it, finite for 0. */
function logarithm(x: number): number {
  return Math.log(x + 1e-5)
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80
}

/** The Huffman tree of labels by their counts, which fall. The leaves come first, in the order of the labels; the root is last. */
function huffmanTree(counts: readonly number[]): TreeNode[] {
  const tree: TreeNode[] = counts.map((count) => ({ left: -1, right: -1, count }))
  // An inner node that does not exist yet counts as larger than all.
  const countAt = (node: number) => tree[node]?.count ?? 1e15
  let leaf = counts.length - 1
  let inner = counts.length
  const smallest = () => (leaf >= 0 && countAt(leaf) < countAt(inner) ? leaf-- : inner++)
  while (tree.length < 2 * counts.length - 1) {
    const left = smallest()
    const right = smallest()
    tree.push({ left, right, count: countAt(left) + countAt(right) })
  }
  return tree
}
