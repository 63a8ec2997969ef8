/** Limits how often something starts. */

import { setTimeout as sleep } from 'node:timers/promises'

/** Returns a function that resolves when it is the turn of its caller: at most `perMinute` turns in a minute, up to `burst` of them at once. */
export function pacer(perMinute: number, burst = 10): () => Promise<void> {
  const interval = 60_000 / perMinute
  let next = 0
  return async () => {
    const now = performance.now()
    next = Math.max(next, now - burst * interval) + interval
    if (next > now) await sleep(next - now)
  }
}
