/** One temporary folder for each run of the tests, which holds those of all its tests. A killed run leaves it for the next to remove. */

import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Short, because the path of a socket in such a folder has at most about 100 bytes. */
const home = 'llmpipe-tests'

export interface Scratch {
  readonly folder: string
  remove(): void
}

/** Makes the folder of this run, and removes those of runs that no longer exist. */
export function openScratch(base = tmpdir()): Scratch {
  const root = join(base, home)
  mkdirSync(root, { recursive: true })
  for (const name of readdirSync(root)) if (!isRunning(Number.parseInt(name, 10))) remove(join(root, name))
  const folder = mkdtempSync(join(root, `${process.pid}-`))
  // Some tests run the command as another user.
  chmodSync(folder, 0o755)
  return { folder, remove: () => remove(folder) }
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}

/** Whether a process with this id exists, of any user. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
