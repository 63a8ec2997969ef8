/** Goes through examples epoch by epoch, each epoch in an order of its own. */

import { Random } from '../../core/values/random.ts'

/** Orders of `count` things, drawn by a seed, a name and the number of an epoch. The last order is remembered: steps come in sequence. */
export class ShuffledOrders {
  readonly #count: number
  readonly #seed: number
  readonly #name: string
  #epoch = -1
  #order = new Uint32Array(0)

  constructor(count: number, seed: number, name: string) {
    this.#count = count
    this.#seed = seed
    this.#name = name
  }

  of(epoch: number): Uint32Array {
    if (epoch !== this.#epoch) {
      this.#epoch = epoch
      this.#order = new Random(this.#seed, this.#name, epoch).permutation(this.#count)
    }
    return this.#order
  }
}

export class Epochs<Example> {
  /** Steps of one epoch: the last one may have fewer examples. */
  readonly perEpoch: number
  /** Steps of all epochs. */
  readonly steps: number
  readonly #examples: readonly Example[]
  readonly #batch: number
  readonly #orders: ShuffledOrders

  constructor(
    examples: readonly Example[],
    { epochs, batch, seed }: { readonly epochs: number; readonly batch: number; readonly seed: number },
  ) {
    this.#examples = examples
    this.#batch = batch
    this.#orders = new ShuffledOrders(examples.length, seed, 'order')
    this.perEpoch = Math.ceil(examples.length / batch)
    this.steps = epochs * this.perEpoch
  }

  /** The examples of a step, counted from 0. */
  at(step: number): Example[] {
    const order = this.#orders.of(Math.floor(step / this.perEpoch))
    const place = (step % this.perEpoch) * this.#batch
    return Array.from(order.subarray(place, place + this.#batch), (i) => this.#examples[i]!)
  }

  /** All examples in the order of an epoch. */
  inOrder(epoch: number): Example[] {
    return Array.from(this.#orders.of(epoch), (i) => this.#examples[i]!)
  }

  /** Whether an epoch that is not the last ends after `done` steps. */
  endsBetween(done: number): boolean {
    return done % this.perEpoch === 0 && done < this.steps
  }
}
