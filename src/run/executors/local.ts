/** Runs stages as processes of this machine, within its cores, memory and GPUs. */

import { availableParallelism, totalmem } from 'node:os'
import type { Key } from '../../core/artefact.ts'
import type { StageFailure } from '../../core/event.ts'
import type { Resources } from '../../core/resources.ts'
import type { Claim } from '../../store/claim.ts'
import { startAttempt } from '../attempt.ts'
import type { Executor, Running, StageWork } from './executor.ts'
import { devicesOfMachine, gpus } from './gpus.ts'

/** The machine, or as much of it as is given. */
export function localExecutor(machine: Partial<Resources> = {}): Executor {
  const total = { cpus: machine.cpus ?? availableParallelism(), memory: machine.memory ?? memoryOfMachine() }
  const running = new Map<Key, Running>()
  const used = { cpus: 0, memory: 0 }
  const cards = gpus(() => devicesOfMachine(machine.gpus, process.env.CUDA_VISIBLE_DEVICES))
  // A stage that wants more than there is gets all there is, and the machine for itself.
  const share = ({ cpus, memory }: Resources) => ({
    cpus: Math.min(cpus, total.cpus),
    memory: Math.min(memory, total.memory),
  })
  return {
    running,
    async lack({ gpus: wanted = 0 }) {
      return wanted > 0 && wanted > (await cards.count()) ? tooFew(wanted, await cards.count()) : undefined
    },
    hasRoom(resources) {
      const { cpus, memory } = share(resources)
      const fits = used.cpus + cpus <= total.cpus && used.memory + memory <= total.memory
      return fits && (resources.gpus ?? 0) <= cards.free
    },
    start(work: StageWork, claim: Claim) {
      const { cpus, memory } = share(work.node.resources)
      const devices = cards.take(work.node.resources.gpus ?? 0)
      used.cpus += cpus
      used.memory += memory
      const attempt = startAttempt(work, claim, { threads: Math.max(1, cpus), gpus: devices })
      const outcome = attempt.outcome.finally(() => {
        used.cpus -= cpus
        used.memory -= memory
        cards.giveBack(devices)
        running.delete(work.key)
      })
      const entry = { ...attempt, outcome }
      running.set(work.key, entry)
      return entry
    },
  }
}

/** Of GPUs there is no part: fewer than a stage wants are none. */
function tooFew(wanted: number, there: number): StageFailure {
  return {
    code: 'no-gpu',
    message: `it wants ${wanted} GPU${wanted === 1 ? '' : 's'}, and ${there === 0 ? 'there is none' : `there ${there === 1 ? 'is' : 'are'} ${there}`}`,
    help: 'Lower `gpus`, or say what there is: --gpus 2, or CUDA_VISIBLE_DEVICES=0,1. nvidia-smi -L lists what the driver knows.',
  }
}

/** What this process may use: a container's limit, if it has one. */
function memoryOfMachine(): number {
  const limit = process.constrainedMemory()
  return limit > 0 && limit < totalmem() ? limit : totalmem()
}
