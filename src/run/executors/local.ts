/** Runs stages as processes of this machine, within its cores, memory and GPUs. */

import { availableParallelism, totalmem } from 'node:os'
import type { Key } from '../../core/artefact.ts'
import type { StageFailure } from '../../core/event.ts'
import type { Resources } from '../../core/kind/resources.ts'
import { localProcesses } from '../../process/where.ts'
import { startAttempt } from '../attempt.ts'
import type { Executor, RunningStage } from './executor.ts'
import { devicesOfMachine, gpus } from './gpus.ts'
import { launchProcess } from './local-stage.ts'

/** The executor of this machine. `machine` limits how much of it is used. */
export function localExecutor(machine: Partial<Resources> = {}): Executor {
  const total = { cpus: machine.cpus ?? availableParallelism(), memory: machine.memory ?? memoryOfMachine() }
  const running = new Map<Key, RunningStage>()
  const used = { cpus: 0, memory: 0 }
  const devices = gpus(() => devicesOfMachine(machine.gpus, process.env.CUDA_VISIBLE_DEVICES))
  // A stage that asks for more than the machine has gets all of it, and runs alone.
  const share = ({ cpus, memory }: Resources) => ({
    cpus: Math.min(cpus, total.cpus),
    memory: Math.min(memory, total.memory),
  })
  /** Takes the resources of a stage. Returns how to give them back. */
  const reserve = (resources: Resources) => {
    const { cpus, memory } = share(resources)
    const taken = devices.take(resources.gpus ?? 0)
    used.cpus += cpus
    used.memory += memory
    const giveBack = () => {
      used.cpus -= cpus
      used.memory -= memory
      devices.giveBack(taken)
    }
    return { threads: Math.max(1, cpus), gpus: taken, giveBack }
  }
  return {
    ...localProcesses,
    running,
    async shortfall({ gpus: wanted = 0 }) {
      const there = wanted > 0 ? await devices.count() : 0
      return wanted > there ? tooFewGpus(wanted, there) : undefined
    },
    hasRoom(resources) {
      const { cpus, memory } = share(resources)
      const fits = used.cpus + cpus <= total.cpus && used.memory + memory <= total.memory
      return fits && (resources.gpus ?? 0) <= devices.free
    },
    async start(work, claim, commit) {
      const { giveBack, ...reserved } = reserve(work.node.resources)
      const launch = launchProcess(work, reserved.gpus)
      const attempt = await startAttempt(work, claim, reserved, { launch, commit })
      const outcome = attempt.outcome.finally(() => {
        giveBack()
        running.delete(work.key)
      })
      const stage = { ...attempt, outcome }
      running.set(work.key, stage)
      return stage
    },
  }
}

/** GPUs are not scaled down: a stage that asks for two cannot run with one. */
function tooFewGpus(wanted: number, there: number): StageFailure {
  const found = there === 0 ? 'none' : `only ${there}`
  return {
    code: 'no-gpu',
    message: `the stage needs ${wanted} GPU${wanted === 1 ? '' : 's'}, and this machine has ${found}`,
    help: 'Lower `gpus`, or tell llmpipe how many there are: --gpus 2, or CUDA_VISIBLE_DEVICES=0,1. nvidia-smi -L lists those that the driver knows.',
  }
}

/** The memory that this process may use, in bytes: the limit of its container, if there is one. */
function memoryOfMachine(): number {
  const limit = process.constrainedMemory()
  return limit > 0 && limit < totalmem() ? limit : totalmem()
}
