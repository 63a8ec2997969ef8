/** `--track`: the tools to which `run` passes its metrics on. */

import { resolve } from 'node:path'
import { webAddress } from '../track/http/server.ts'
import type { Report, Surroundings, Tracker } from '../track/tracker.ts'
import { Refusal } from './terminal/refusal.ts'

export const trackers = ['tensorboard', 'wandb', 'mlflow', 'trackio'] as const

type TrackerName = (typeof trackers)[number]

export interface TrackOptions {
  readonly track: TrackerName | undefined
  readonly trackTo: string | undefined
}

/** `to`: a folder, or the address of a server. */
type Open = (to: string, surroundings: Surroundings) => Tracker

const load: { readonly [K in TrackerName]: () => Promise<Open> } = {
  tensorboard: async () => (await import('../track/tensorboard/tensorboard.ts')).tensorboardTracker,
  wandb: async () => (await import('../track/wandb/wandb.ts')).wandbTracker,
  async mlflow() {
    const { mlflowTracker } = await import('../track/mlflow/mlflow.ts')
    return (address, surroundings) => mlflowTracker(address, process.env, surroundings)
  },
  async trackio() {
    const { trackioTracker } = await import('../track/trackio/trackio.ts')
    return (address, surroundings) => trackioTracker(address, process.env, surroundings)
  },
}

/** The environment variable with the address of the server of a tool, an example, and the command that starts one. */
const servers: {
  readonly [K in TrackerName]?: { readonly variable: string; readonly example: string; readonly start: string }
} = {
  mlflow: { variable: 'MLFLOW_TRACKING_URI', example: 'http://127.0.0.1:5000', start: 'mlflow server' },
  trackio: { variable: 'TRACKIO_SERVER_URL', example: 'http://127.0.0.1:7860/?write_token=…', start: 'trackio show' },
}

/**
 * The tracker that the options ask for; `undefined` for none. `report` gets a sentence if it stops tracking, and what it has cut or ended. `store` is
 * the folder with the runs.
 */
export async function openTracker(
  { track, trackTo }: TrackOptions,
  { programFolder, store }: { readonly programFolder: string; readonly store: string },
  report: Report,
): Promise<Required<Tracker> | undefined> {
  if (track === undefined) {
    if (trackTo !== undefined)
      throw new Refusal('--track-to is the place of a tracker', 'Name one: --track tensorboard.')
    return undefined
  }
  const { guarded } = await import('../track/tracker.ts')
  const to = placeOf(track, trackTo, programFolder)
  const open = await load[track]()
  const { endOfRun } = await import('../run/log/past-runs.ts')
  return guarded((fail, warn) => open(to, { fail, warn, endOf: (run) => endOfRun(store, run) }), report)
}

/** The folder or the server of a tracker. Throws a Refusal if a server is needed and none is named. */
function placeOf(track: TrackerName, trackTo: string | undefined, programFolder: string): string {
  const server = servers[track]
  if (server === undefined) return trackTo === undefined ? resolve(programFolder, track) : resolve(trackTo)
  const { variable, example, start } = server
  const given = trackTo ?? process.env[variable] ?? ''
  const help = `Start one (${start}) and name it: ${variable}=${example} or --track-to. Without one, run now and send the metrics of the run later: llmpipe track ${track} PROGRAM.`
  if (given === '') throw new Refusal(`--track ${track} needs the address of a server`, help)
  if (webAddress(given) === undefined)
    throw new Refusal(
      `${trackTo === undefined ? variable : '--track-to'} is not the address of a server over HTTP`,
      help,
    )
  return given
}
