/** Gives up on requests that are not answered, or no longer wanted. */

import { RemoteError } from './remote.ts'

export interface Patience {
  /** How long nothing may come before the request is given up, in milliseconds. */
  readonly silence: number
  /** Aborted when the answer is no longer wanted. */
  readonly signal?: AbortSignal | undefined
}

export function silent(): RemoteError {
  return new RemoteError('unreachable', 'it does not answer')
}

/** Waits for an answer, but not longer than `silence`. A later answer is ignored: a share whose server is away never answers, and its requests cannot be canceled. */
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
