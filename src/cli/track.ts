/** `--track`: the tools to which `run` passes its metrics on. */

import { resolve } from 'node:path'
import type { RunEvent } from '../core/event.ts'
import type { Tracker } from '../track/tracker.ts'
import { Refusal } from './terminal/refusal.ts'

export const trackers = ['tensorboard'] as const

export interface TrackOptions {
  readonly track: (typeof trackers)[number] | undefined
  readonly trackTo: string | undefined
}

/** The tracker that the options ask for; `undefined` for none. Its errors become notices of the run. */
export async function openTracker(
  { track, trackTo }: TrackOptions,
  programFolder: string,
  onEvent: (event: RunEvent) => void,
): Promise<Tracker | undefined> {
  if (track === undefined) {
    if (trackTo !== undefined)
      throw new Refusal('--track-to is the folder of a tracker', 'Name one: --track tensorboard.')
    return undefined
  }
  const { guarded } = await import('../track/tracker.ts')
  const { tensorboardTracker } = await import('../track/tensorboard/tensorboard.ts')
  const folder = trackTo === undefined ? resolve(programFolder, 'tensorboard') : resolve(trackTo)
  return guarded(tensorboardTracker(folder), (message) => onEvent({ event: 'notice', message, time: Date.now() }))
}
