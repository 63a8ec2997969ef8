/** The places where stages run, and whether a stage is still alive there. */

import type { Where } from '../core/event.ts'
import { isCount, isObject, isText, optional, type Shape, shape } from '../core/values/shape.ts'
import { identity, isAlive } from './identity.ts'

/** Asks about what runs somewhere, and ends it. An executor does it for the places where it starts stages. */
export interface Liveness {
  /** Whether it is alive; `undefined` if that cannot be seen from here. */
  isAlive(where: Where): Promise<boolean | undefined>
  /** Ends it at once, with everything that it started. Does nothing if it is gone. */
  kill(where: Where): void
}

/** The processes of this machine. A process of another machine, or a job of a cluster, cannot be seen. */
export const localProcesses: Liveness = {
  isAlive: async (where) => (where.type === 'process' ? isAlive(where) : undefined),
  kill(where) {
    // No stage is the first process of a machine.
    if (where.type !== 'process' || where.pid <= 1) return
    // The group that the process leads, and the process itself if it leads none.
    for (const target of [-where.pid, where.pid]) {
      try {
        process.kill(target, 'SIGKILL')
      } catch {
        // No such group or process any more.
      }
    }
  },
}

/** A live process of this machine as a place. */
export function processPlace(pid: number): Where {
  return { type: 'process', ...identity(pid) }
}

/** A place in words: `process 4711`, `slurm job 12`. */
export function placeInWords(where: Where): string {
  return where.type === 'process' ? `process ${where.pid}` : `${where.system} job ${where.id}`
}

const isJob = shape({
  id: isText,
  folder: (value): value is string => isText(value) && /^[\w.-]*\w$/.test(value),
  cluster: optional(isText),
  restart: optional(isCount),
})

export const isWhere: Shape<Where> = (value): value is Where => {
  if (!isObject(value)) return false
  if (value.type === 'job') return value.system === 'slurm' && isJob(value)
  // A pid below 1 would stand for many processes.
  return value.type === 'process' && isCount(value.pid) && value.pid > 0 && isText(value.start) && isText(value.machine)
}
