/** Stops a run: the first Ctrl-C asks the stages to save and stop, the second stops them at once. */

export interface Stop {
  readonly soft: AbortSignal
  readonly hard: AbortSignal
  /** Does the same as Ctrl-C. */
  ask(): void
  /** Removes the signal handlers. */
  release(): void
}

/**
 * Handles SIGINT, SIGTERM and SIGHUP. `say` prints a message when stopping begins. `onCluster`: the stages are jobs of a cluster, which a run that stops
 * leaves running.
 */
export function listenForStop(say: (message: string) => void, onCluster = false): Stop {
  const soft = new AbortController()
  const hard = new AbortController()
  const ask = () => {
    if (soft.signal.aborted) hard.abort()
    else {
      say(onCluster ? 'leaving: the jobs go on' : 'stopping: training saves its work; Ctrl-C again stops at once')
      soft.abort()
    }
  }
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of names) process.on(name, ask)
  return {
    soft: soft.signal,
    hard: hard.signal,
    ask,
    release: () => {
      for (const name of names) process.off(name, ask)
    },
  }
}
