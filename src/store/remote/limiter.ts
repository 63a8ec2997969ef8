/** Limits how many things are done at a time; the others wait in order. */

export type Limiter = <T>(act: () => Promise<T>) => Promise<T>

export function limiter(limit: number): Limiter {
  let free = limit
  const waiting: (() => void)[] = []
  return async (act) => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await act()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free++
      else next()
    }
  }
}
