/** The GPUs of this machine, and which of them are free. A device belongs to one stage at a time. */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** The names of devices, as `CUDA_VISIBLE_DEVICES` takes them. `count` limits those that `listed` names; without `listed`, it is their number. */
export async function devicesOfMachine(count: number | undefined, listed: string | undefined): Promise<string[]> {
  // A list that a cluster or a person gave is never exceeded.
  if (listed !== undefined) return devicesIn(listed).slice(0, count)
  if (count === undefined) return askDriver()
  return Array.from({ length: count }, (_, index) => `${index}`)
}

/** The list ends before the first invalid name, as it does for CUDA: `0,1,-1,2` names two devices. */
function devicesIn(listed: string): string[] {
  const names = listed.split(',').map((each) => each.trim())
  const end = names.findIndex((name) => !/^(\d+|(GPU|MIG)-\S+)$/.test(name))
  return end < 0 ? names : names.slice(0, end)
}

/** The devices that the command of the driver lists; empty if there is no such command. */
async function askDriver(): Promise<string[]> {
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', ['-L'], { timeout: 20_000 })
    return [...stdout.matchAll(/^GPU (\d+):/gm)].map(([, index = '']) => index)
  } catch {
    // No driver, or one that does not answer: a stage that asks for a GPU fails with `no-gpu`.
    return []
  }
}

export interface Gpus {
  /** How many devices there are. The driver is asked once. */
  count(): Promise<number>
  /** How many devices are free now; 0 before `count` was called. */
  readonly free: number
  /** Takes `count` of the free devices. */
  take(count: number): readonly string[]
  giveBack(devices: readonly string[]): void
}

export function gpus(list: () => Promise<readonly string[]>): Gpus {
  let all: Promise<readonly string[]> | undefined
  let order: readonly string[] = []
  let free: string[] = []
  return {
    async count() {
      all ??= list().then((devices) => {
        order = devices
        free = [...devices]
        return devices
      })
      return (await all).length
    },
    get free() {
      return free.length
    },
    take(count) {
      if (count > free.length) throw new Error(`${count} GPUs were requested, and ${free.length} are free`)
      return free.splice(0, count)
    },
    giveBack(devices) {
      free = order.filter((each) => free.includes(each) || devices.includes(each))
    },
  }
}
