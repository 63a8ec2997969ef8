/** The CPUs of the nodes of partitions, asked once for each partition of a run. */

import { setTimeout as sleep } from 'node:timers/promises'
import { cpusPerNode, type NodeCpusAnswer } from '../cluster/nodes.ts'

/** The pauses after the controller could not be reached, in milliseconds. */
const firstRetry = 1_000
const longestRetry = 30_000
/** How often a pause looks whether the run leaves, in milliseconds. */
const look = 100

export class NodeCpus {
  readonly #answers = new Map<string | undefined, Promise<NodeCpusAnswer>>()
  readonly #onUnreachable: (message: string) => void

  constructor(onUnreachable: (message: string) => void) {
    this.#onUnreachable = onUnreachable
  }

  /**
   * The most CPUs of a node in a partition; `undefined` if the cluster does not say, or if the run leaves. Waits while the controller cannot be reached: a job that
   * asks for more CPUs than any node has waits in the queue forever.
   */
  async of(partition: string | undefined, left: AbortSignal): Promise<number | undefined> {
    for (let retry = firstRetry; !left.aborted; retry = Math.min(longestRetry, retry * 2)) {
      const answer = await this.#ask(partition)
      if (answer.type === 'ok') return answer.cpus
      this.#onUnreachable(answer.message)
      for (let rest = retry; rest > 0 && !left.aborted; rest -= look) await sleep(look)
    }
    return undefined
  }

  /** Asks, unless there is an answer or another stage is asking. */
  #ask(partition: string | undefined): Promise<NodeCpusAnswer> {
    const known = this.#answers.get(partition)
    if (known !== undefined) return known
    const asked = cpusPerNode(partition)
    this.#answers.set(partition, asked)
    void asked.then(({ type }) => {
      if (type === 'unreachable') this.#answers.delete(partition)
    })
    return asked
  }
}
