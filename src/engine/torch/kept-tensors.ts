/** Tensors of the host that the worker keeps for several runs: the weights of a finished model, or of a reference. */

import type { Tensor } from '../engine.ts'
import type { WorkerProcess } from './worker-process.ts'

export class KeptTensors {
  readonly #worker: WorkerProcess
  readonly #numbers = new WeakMap<Tensor, number>()
  /** Numbers of tensors that are garbage here. The worker drops them before it receives the next tensor. */
  #dropped: number[] = []
  readonly #garbage = new FinalizationRegistry<number>((number) => this.#dropped.push(number))
  #count = 0

  constructor(worker: WorkerProcess) {
    this.#worker = worker
  }

  /** The number of a tensor at the worker. It is sent once: a change of its numbers afterwards has no effect. */
  async keep(tensor: Tensor): Promise<number> {
    const known = this.#numbers.get(tensor)
    if (known !== undefined) return known
    const number = this.#count++
    this.#numbers.set(tensor, number)
    this.#garbage.register(tensor, number)
    const dropped = this.#dropped
    this.#dropped = []
    if (dropped.length > 0) await this.#worker.send({ do: 'drop', kept: dropped })
    await this.#worker.send({ do: 'keep', tensor: number }, { tensor })
    return number
  }
}
