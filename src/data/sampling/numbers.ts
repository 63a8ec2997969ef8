/** A growing array of numbers that takes 8 bytes each, less than an array of JavaScript. */

export class Numbers {
  #values = new Float64Array(1024)
  length = 0

  push(value: number): void {
    if (this.length === this.#values.length) {
      const larger = new Float64Array(this.length * 2)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.length++] = value
  }

  at(index: number): number {
    return this.#values[index]!
  }

  sorted(): Float64Array {
    return this.#values.slice(0, this.length).sort()
  }
}
