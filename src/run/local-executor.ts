/** Runs stages as processes of this machine, within its cores and memory. */

import { availableParallelism, totalmem } from 'node:os'
import type { Key } from '../core/artefact.ts'
import type { Resources } from '../core/plan.ts'
import type { Claim } from '../store/claim.ts'
import { startAttempt } from './attempt.ts'
import type { Executor, Running, StageWork } from './executor.ts'

/** The machine, or as much of it as is given. */
export function localExecutor(machine: Partial<Resources> = {}): Executor {
  const total = { cpus: machine.cpus ?? availableParallelism(), memory: machine.memory ?? memoryOfMachine() }
  const running = new Map<Key, Running>()
  const used = { cpus: 0, memory: 0 }
  // A stage that wants more than there is gets all there is, and the machine for itself.
  const share = ({ cpus, memory }: Resources): Resources => ({
    cpus: Math.min(cpus, total.cpus),
    memory: Math.min(memory, total.memory),
  })
  return {
    running,
    hasRoom(resources) {
      const { cpus, memory } = share(resources)
      return used.cpus + cpus <= total.cpus && used.memory + memory <= total.memory
    },
    start(work: StageWork, claim: Claim) {
      const { cpus, memory } = share(work.node.resources)
      used.cpus += cpus
      used.memory += memory
      const attempt = startAttempt(work, claim, Math.max(1, cpus))
      const outcome = attempt.outcome.finally(() => {
        used.cpus -= cpus
        used.memory -= memory
        running.delete(work.key)
      })
      const entry = { ...attempt, outcome }
      running.set(work.key, entry)
      return entry
    },
  }
}

/** What this process may use: a container's limit, if it has one. */
function memoryOfMachine(): number {
  const limit = process.constrainedMemory()
  return limit > 0 && limit < totalmem() ? limit : totalmem()
}
