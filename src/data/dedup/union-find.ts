/** Disjoint sets that are joined two at a time. The lowest member of a set represents it. */

export class UnionFind {
  readonly #parents: Int32Array

  constructor(members: number) {
    this.#parents = Int32Array.from({ length: members }, (_, i) => i)
  }

  find(member: number): number {
    const parents = this.#parents
    while (parents[member] !== member) {
      parents[member] = parents[parents[member]!]!
      member = parents[member]!
    }
    return member
  }

  join(a: number, b: number): void {
    const [x, y] = [this.find(a), this.find(b)]
    this.#parents[Math.max(x, y)] = Math.min(x, y)
  }

  /** For each member, the lowest member of its set. */
  roots(): Int32Array {
    return this.#parents.map((_, member) => this.find(member))
  }
}
