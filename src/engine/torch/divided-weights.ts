/** Weights of the host that the processes of a session divide as they divide its own: those of a reference, or of a reward model. */

import type { Tensor, Tensors } from '../engine.ts'
import { type ParameterSlot, spanOf } from '../training-session.ts'
import type { WorkerProcess } from './worker-process.ts'

/** The module that reads them: see TorchModule. */
export interface ReadingModule {
  readonly lists: readonly string[]
  readonly halves: readonly string[]
}

export class DividedWeights {
  /** The number of the session. */
  readonly session: number
  readonly #worker: WorkerProcess
  /** Tensors have numbers here, so that the same weights are sent once for all that read them. */
  readonly #ids = new WeakMap<Tensor, number>()
  readonly #known = new Map<string, { readonly number: number; readonly sent: Promise<void>; users: number }>()
  #count = 0

  constructor(worker: WorkerProcess, session: number) {
    this.#worker = worker
    this.session = session
  }

  /** The number of some weights at the worker, for a module that reads them; `giveBack` frees them. */
  async take(weights: Tensors, module: ReadingModule): Promise<number> {
    const key = JSON.stringify([module, Object.entries(weights).map(([name, tensor]) => [name, this.#idOf(tensor)])])
    const known = this.#known.get(key) ?? this.#begin(key, weights, module)
    known.users++
    await known.sent
    return known.number
  }

  async giveBack(number: number): Promise<void> {
    for (const [key, known] of this.#known)
      if (known.number === number && --known.users === 0) {
        this.#known.delete(key)
        await this.#send('unhold', number)
      }
  }

  #begin(key: string, weights: Tensors, module: ReadingModule) {
    const number = this.#count++
    const begun = { number, sent: this.#sendAll(number, weights, module), users: 0 }
    this.#known.set(key, begun)
    return begun
  }

  /** Sends them one by one: no process keeps all of them. */
  async #sendAll(number: number, weights: Tensors, { lists, halves }: ReadingModule): Promise<void> {
    const { slots, span } = layOutInOrder(weights)
    await this.#send('hold', number, { slots, span, lists, halves })
    for (const { name, start } of slots) await this.#send('place', number, { start }, { values: weights[name]! })
  }

  #send(command: string, held: number, fields: object = {}, tensors: Tensors = {}): Promise<void> {
    return this.#worker.send({ do: command, session: this.session, held, ...fields }, tensors)
  }

  #idOf(tensor: Tensor): number {
    const known = this.#ids.get(tensor) ?? this.#count++
    this.#ids.set(tensor, known)
    return known
  }
}

/** Weights one after the other, as slots. */
export function layOutInOrder(weights: Tensors): { readonly slots: readonly ParameterSlot[]; readonly span: number } {
  const slots: ParameterSlot[] = []
  let start = 0
  for (const [name, { shape }] of Object.entries(weights)) {
    const size = shape.reduce((product, each) => product * each, 1)
    slots.push({ name, shape, start, size, decay: false })
    start = spanOf(slots)
  }
  return { slots, span: start }
}
