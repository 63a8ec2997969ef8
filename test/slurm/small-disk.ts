/** A small disk in memory, for tests that fill it. It is unmounted when it is closed, and also when the process that made it is killed. */

import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/**
 * Mounts the disk, reports how that went, and waits for the end of stdin, which comes with the end of the process that started this. Processes may still
 * have files open on the disk then, so the disk is detached (`--lazy`) and goes with the last of them.
 */
const script = `mount -t tmpfs -o "size=$2m" llmpipe-test "$1" 2>&1 && echo mounted || exit 1
while read -r _; do :; done
umount --lazy "$1"`

export class SmallDisk {
  readonly #keeper: ChildProcess

  private constructor(keeper: ChildProcess) {
    this.#keeper = keeper
  }

  /** Mounts a disk of `size` MiB at a folder. It needs root. */
  static async mount(folder: string, size: number): Promise<SmallDisk> {
    // A session of its own: Ctrl-C in the terminal of the tests does not end it before the tests have ended.
    const keeper = spawn('bash', ['-c', script, 'small-disk', folder, `${size}`], {
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    })
    const answer = await new Promise<string>((resolve) => {
      keeper.once('error', (error) => resolve(error.message))
      createInterface({ input: keeper.stdout })
        .once('line', resolve)
        .once('close', () => resolve('mount failed'))
    })
    if (answer !== 'mounted') throw new Error(`no disk was mounted at ${folder}: ${answer}`)
    return new SmallDisk(keeper)
  }

  /** Unmounts the disk. */
  async unmount(): Promise<void> {
    const ended = new Promise((resolve) => this.#keeper.once('exit', resolve))
    this.#keeper.stdin!.end()
    await ended
  }
}
