/** Giving up on what does not answer, or is not waited for any more. */

import { RemoteError } from './remote.ts'

export interface Patience {
  /** For how long nothing may come, in milliseconds. */
  readonly silence: number
  /** Aborted when what comes is not wanted any more. */
  readonly signal?: AbortSignal | undefined
}

export function silent(): RemoteError {
  return new RemoteError('unreachable', 'it does not answer')
}

/** What comes in time; what comes later is nobody's. A share whose server is away answers nothing at all, and cannot be told to stop. */
export async function inTime<T>(coming: Promise<T>, { silence, signal }: Patience): Promise<T> {
  let end = () => {}
  const over = new Promise<never>((_, reject) => {
    const stop = () => reject(signal?.reason)
    const timer = setTimeout(() => reject(silent()), silence)
    signal?.addEventListener('abort', stop)
    if (signal?.aborted) stop()
    end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
    }
  })
  try {
    return await Promise.race([coming, over])
  } finally {
    end()
  }
}
