/** Numbers pairs of token ids in the order of first occurrence, by open addressing over typed arrays. */

import { grown } from './pieces.ts'

export class Pairs {
  /** The number of different pairs, whose numbers are 0 to count − 1. */
  count = 0
  /** The ids of each pair. */
  left: Int32Array
  right: Int32Array
  /** The number of the pair in each slot, + 1; 0 for a free slot. The number of slots is a power of two. */
  #slots: Int32Array

  /** `expected`: the number of pairs for which to make room. */
  constructor(expected = 1024) {
    const capacity = 1 << Math.ceil(Math.log2(Math.max(16, expected)))
    this.left = new Int32Array(capacity)
    this.right = new Int32Array(capacity)
    this.#slots = new Int32Array(2 * capacity)
  }

  /** The number of a pair; −1 if it is unknown. */
  find(left: number, right: number): number {
    const mask = this.#slots.length - 1
    let slot = hashOf(left, right) & mask
    for (let entry = this.#slots[slot]!; entry !== 0; entry = this.#slots[slot]!) {
      if (this.left[entry - 1] === left && this.right[entry - 1] === right) return entry - 1
      slot = (slot + 1) & mask
    }
    return -1
  }

  /** The number of a pair. An unknown pair gets a new number, the former `count`. */
  intern(left: number, right: number): number {
    const found = this.find(left, right)
    if (found !== -1) return found
    const pair = this.count++
    if (pair === this.left.length) {
      this.left = grown(this.left, this.count)
      this.right = grown(this.right, this.count)
      this.#slots = new Int32Array(2 * this.left.length)
      for (let other = 0; other < pair; other++) this.#place(other)
    }
    this.left[pair] = left
    this.right[pair] = right
    this.#place(pair)
    return pair
  }

  #place(pair: number): void {
    const mask = this.#slots.length - 1
    let slot = hashOf(this.left[pair]!, this.right[pair]!) & mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    this.#slots[slot] = pair + 1
  }
}

function hashOf(left: number, right: number): number {
  const mixed = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)
  return mixed ^ (mixed >>> 15)
}
