/** Schedules of the learning rate: a warm-up, then a shape. */

import type { StageEvent } from '../../core/event.ts'

/** A number of steps; below 1, or as the text `100%`, a part of all steps. */
type Warmup = number | '100%'

export type Schedule =
  | { readonly call: 'constant'; readonly warmup: Warmup }
  /** Down to `floor`, a fraction of the peak. */
  | { readonly call: 'linear' | 'cosine'; readonly warmup: Warmup; readonly floor: number }
  /** Warm-up, stable, decay (Hu et al. 2024): the peak until the last `decay`, a fraction of the steps; then linear to `floor`. */
  | { readonly call: 'wsd'; readonly warmup: Warmup; readonly decay: number; readonly floor: number }

/** The steps of a warm-up in a training of `steps` steps. */
export function warmupSteps({ warmup }: Schedule, steps: number): number {
  if (warmup === '100%') return steps
  return warmup < 1 ? Math.round(warmup * steps) : warmup
}

/**
 * How many of the first steps have the same rates under every longer schedule with the same warm-up, constant or `wsd`: all steps of a
 * constant schedule, those before the decay of `wsd`. The rates of linear and cosine, and of a warm-up that is a part of the steps, depend on the number of steps from the start.
 */
export function sharedSteps(schedule: Schedule, steps: number): number {
  const { warmup } = schedule
  if (warmup === '100%' || (warmup > 0 && warmup < 1)) return 0
  switch (schedule.call) {
    case 'constant':
      return steps
    case 'linear':
    case 'cosine':
      return 0
    case 'wsd':
      return Math.max(Math.min(warmup, steps), Math.ceil(steps * (1 - schedule.decay)))
  }
}

/** A warning if the warm-up does not end within the training; otherwise `undefined`. */
export function warmupWarning(schedule: Schedule, steps: number): string | undefined {
  const warmup = warmupSteps(schedule, steps)
  if (warmup < steps) return undefined
  const [rising, all] = [warmup, steps].map((each) => each.toLocaleString('en-US'))
  return `The warm-up of ${rising} steps does not end within the ${all} steps of the training: the learning rate never reaches its peak`
}

/** Logs a warning if the warm-up does not end within the training. */
export function warnOfWarmup(
  { settings, emit }: { readonly settings: { readonly schedule: Schedule }; emit(event: StageEvent): void },
  steps: number,
): void {
  const message = warmupWarning(settings.schedule, steps)
  if (message !== undefined) emit({ event: 'log', level: 'warning', message })
}

/**
 * The factor of the peak learning rate at `step`, counted from 0, of `steps`. The warm-up is linear over `warmup` steps, as in
 * nanoGPT: (step + 1) / (warmup + 1). Cosine is one half-period of Loshchilov and Hutter 2017.
 */
export function rateAt(schedule: Schedule, step: number, steps: number): number {
  const warmup = warmupSteps(schedule, steps)
  if (step < warmup) return (step + 1) / (warmup + 1)
  const left = Math.max(1, steps - warmup)
  const done = Math.min(1, (step - warmup) / left)
  switch (schedule.call) {
    case 'constant':
      return 1
    case 'linear':
      return 1 - (1 - schedule.floor) * done
    case 'cosine':
      return schedule.floor + (1 - schedule.floor) * 0.5 * (1 + Math.cos(Math.PI * done))
    case 'wsd': {
      const start = steps * (1 - schedule.decay)
      if (step < start) return 1
      return 1 - (1 - schedule.floor) * Math.min(1, (step - start) / Math.max(1, steps - start))
    }
  }
}
