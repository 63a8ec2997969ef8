/** Giving up on what does not answer. */

import { RemoteError } from './remote.ts'

export function silent(): RemoteError {
  return new RemoteError('unreachable', 'it does not answer')
}

/** What comes within so many milliseconds; else it is thrown that the remote is silent, and what comes later is nobody's. */
export async function withinTime<T>(coming: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(silent()), milliseconds)
  })
  try {
    return await Promise.race([coming, over])
  } finally {
    clearTimeout(timer)
  }
}
