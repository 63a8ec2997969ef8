/**
 * Patience with a network file system that fails for a while: a server that restarts, a handle that has become stale, a name that is not shown yet. Whoever only
 * reads the files of a job tries again, because the job does not depend on it.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { systemCode } from '../../../../core/failure.ts'

/** Errors that pass when the server or the network is back: reading is tried again for as long as somebody waits for it. */
const passing: ReadonlySet<string> = new Set([
  ...['ESTALE', 'EIO', 'EREMOTEIO', 'ETIMEDOUT', 'EAGAIN', 'EBUSY', 'EKEYEXPIRED'],
  ...['EHOSTDOWN', 'EHOSTUNREACH', 'ENETDOWN', 'ENETUNREACH', 'ENOTCONN', 'ECONNRESET', 'ECONNREFUSED', 'ECONNABORTED'],
  ...['ESHUTDOWN', 'EMFILE', 'ENFILE', 'ENOMEM'],
])

/** How patient a reader is, in milliseconds. */
export interface FileTimes {
  /** The first pause after an error. Each further one is half as long again. */
  readonly first: number
  readonly longest: number
  /** After how long it says so. */
  readonly say: number
  /** For how long it tries again after an error that does not pass by itself, such as a name that does not exist. */
  readonly lasting: number
}

const usual: FileTimes = { first: 250, longest: 10_000, say: 20_000, lasting: 70_000 }

export class FilePatience {
  readonly #say: (message: string) => void
  readonly #times: FileTimes
  /** The readers that meet errors now. */
  readonly #troubled = new Set<FileReader>()
  #hasSaid = false

  /** `say`: receives a sentence once the files cannot be read for a while, and another once they can. Of many readers, the first one says it. */
  constructor(say: (message: string) => void, times: FileTimes = usual) {
    this.#say = say
    this.#times = times
  }

  /** A reader of some files. `of`: whose they are, in words: `slurm job 7`. */
  reader(of: string): FileReader {
    const reader: FileReader = new FileReader(this.#times, {
      troubled: () => void this.#troubled.add(reader),
      over: () => this.#over(reader),
      say: (error) => this.#report(of, error),
    })
    return reader
  }

  #report(of: string, error: Error): void {
    if (this.#hasSaid) return
    this.#hasSaid = true
    this.#say(
      `the files of ${of} in the store cannot be read (${error.message}); jobs go on, and llmpipe tries again until it can`,
    )
  }

  #over(reader: FileReader): void {
    this.#troubled.delete(reader)
    if (this.#troubled.size > 0 || !this.#hasSaid) return
    this.#hasSaid = false
    this.#say('the files in the store can be read again')
  }
}

interface ReaderListener {
  troubled(): void
  over(): void
  say(error: Error): void
}

export class FileReader {
  readonly #times: FileTimes
  readonly #listener: ReaderListener
  #since: number | undefined
  #pause: number

  constructor(times: FileTimes, listener: ReaderListener) {
    this.#times = times
    this.#listener = listener
    this.#pause = times.first
  }

  /** An error was met. Returns the pause before the next try, in milliseconds; throws the error if it is not one of the system, or does not pass. */
  met(error: unknown): number {
    const code = systemCode(error)
    if (code === undefined) throw error
    const now = performance.now()
    this.#since ??= now
    const { longest, say, lasting } = this.#times
    if (!passing.has(code) && now - this.#since > lasting) {
      this.fine()
      throw error
    }
    this.#listener.troubled()
    if (now - this.#since > say) this.#listener.say(error as Error)
    const pause = this.#pause
    this.#pause = Math.min(longest, pause * 1.5)
    return pause
  }

  /** The files were read. */
  fine(): void {
    if (this.#since === undefined) return
    this.#since = undefined
    this.#pause = this.#times.first
    this.#listener.over()
  }
}

/** Does something with files, and tries again for `patience` ms while the system reports errors. Then rejected with the last of them. */
export async function patiently<T>(act: () => T, patience: number, first = usual.first): Promise<T> {
  const until = performance.now() + patience
  for (let pause = first; ; pause = Math.min(usual.longest, pause * 1.5)) {
    try {
      return act()
    } catch (error) {
      if (systemCode(error) === undefined || performance.now() > until) throw error
      await sleep(pause)
    }
  }
}
