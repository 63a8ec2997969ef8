/** Stopping a run: the first Ctrl-C asks the stages to save and stop, the second stops them now. */

export interface Stop {
  readonly soft: AbortSignal
  readonly hard: AbortSignal
  /** As if Ctrl-C was pressed. */
  ask(): void
  /** Gives the signals back. */
  release(): void
}

/** Listens to SIGINT, SIGTERM and SIGHUP; `say` is told when stopping begins. */
export function listenForStop(say: (message: string) => void): Stop {
  const soft = new AbortController()
  const hard = new AbortController()
  const ask = () => {
    if (soft.signal.aborted) hard.abort()
    else {
      say('stopping: training saves its work; Ctrl-C again stops at once')
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
