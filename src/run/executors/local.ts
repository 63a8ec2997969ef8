/** Runs stages as processes of this machine, within its cores, memory and GPUs. */

import { availableParallelism, totalmem } from 'node:os'
import type { Key } from '../../core/artefact.ts'
import type { StageFailure } from '../../core/event.ts'
import type { Resources } from '../../core/kind/resources.ts'
import { localProcesses } from '../../process/where.ts'
import { startAttempt } from '../attempt.ts'
import type { RunOptions } from '../options.ts'
import type { StageWork } from '../stage-work.ts'
import type { Executor, RunningStage } from './executor.ts'
import { devicesOfMachine, gpus } from './gpus.ts'
import { launchProcess } from './local-stage.ts'

/** The memory that a thread which makes parts may need, in bytes. */
const threadMemory = 256 * 1024 ** 2

const nothingLent = { spareThreads: 0, takeBack: () => {} }

/**
 * The executor of this machine. `machine` limits how much of it is used. `hasParts`: whether the work of a node has parts, so that it can use more cores than
 * its own; all have if absent.
 */
export function localExecutor(
  machine: Partial<Resources> = {},
  hasParts: RunOptions['hasParts'] = async () => true,
): Executor {
  const total = { cpus: machine.cpus ?? availableParallelism(), memory: machine.memory ?? memoryOfMachine() }
  const running = new Map<Key, RunningStage>()
  const used = { cpus: 0, memory: 0 }
  /** The cores that stages use beside those that are reserved for them. */
  let lent = 0
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
  /** Lends a stage the cores that are free, as far as there is memory for their threads. A stage that says how many it takes gets no more. */
  const lend = ({ node: { hints } }: StageWork) => {
    const cpus = total.cpus - used.cpus - lent
    const spare = hints.cpus === undefined ? Math.min(cpus, Math.floor((total.memory - used.memory) / threadMemory)) : 0
    const spareThreads = Math.max(0, spare)
    lent += spareThreads
    const takeBack = () => {
      lent -= spareThreads
    }
    return { spareThreads, takeBack }
  }
  return {
    ...localProcesses,
    running,
    async shortfall({ gpus: wanted = 0, nodes = 1 }) {
      if (nodes > 1) return oneNode(nodes)
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
      const { spareThreads, takeBack } = (await hasParts(work.node)) ? lend(work) : nothingLent
      const launch = launchProcess(work, reserved.gpus)
      const attempt = await startAttempt(work, claim, { ...reserved, spareThreads }, { launch, commit })
      const outcome = attempt.outcome.finally(() => {
        giveBack()
        takeBack()
        running.delete(work.key)
      })
      const stage = { ...attempt, outcome }
      running.set(work.key, stage)
      return stage
    },
  }
}

/** Nodes are not scaled down either. */
function oneNode(wanted: number): StageFailure {
  return {
    code: 'no-nodes',
    message: `the stage needs ${wanted} nodes, and this machine is one`,
    help: 'Run it on a cluster (`--executor slurm`), or remove `nodes`: the key and the losses stay the same.',
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
