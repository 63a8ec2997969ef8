/** The GPUs of this machine, and who has which: a device is one stage's at a time. */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** The names of devices, as `CUDA_VISIBLE_DEVICES` takes them. `count`: so many of those listed, or simply so many. */
export async function devicesOfMachine(count: number | undefined, listed: string | undefined): Promise<string[]> {
  // What somebody else gave us (a cluster, a person) is all there is, whatever is said besides.
  if (listed !== undefined) return devicesIn(listed).slice(0, count)
  if (count === undefined) return askDriver()
  return Array.from({ length: count }, (_, index) => `${index}`)
}

/** The list ends at the first that is none, as it does for CUDA: `0,1,-1,2` are two. */
function devicesIn(listed: string): string[] {
  const names = listed.split(',').map((each) => each.trim())
  const end = names.findIndex((name) => !/^(\d+|(GPU|MIG)-\S+)$/.test(name))
  return end < 0 ? names : names.slice(0, end)
}

/** What the driver's own command lists; none where there is no such command. */
async function askDriver(): Promise<string[]> {
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', ['-L'], { timeout: 20_000 })
    return [...stdout.matchAll(/^GPU (\d+):/gm)].map(([, index = '']) => index)
  } catch {
    // No driver, or one that does not answer: a stage that wants a GPU is told that there is none.
    return []
  }
}

export interface Gpus {
  /** How many there are; asked for once. */
  count(): Promise<number>
  /** How many are free now; nothing is known of them before `count`. */
  readonly free: number
  /** Takes so many of the free ones. */
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
      if (count > free.length) throw new Error(`${count} GPUs are wanted, and ${free.length} are free`)
      return free.splice(0, count)
    },
    giveBack(devices) {
      free = order.filter((each) => free.includes(each) || devices.includes(each))
    },
  }
}
