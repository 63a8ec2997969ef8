/**
 * Sends the metrics of a run to a server of Trackio (`trackio show`), by the call `bulk_log` of its API: a project with the name of the program, and a
 * run for each stage that measures something.
 */

import { Outbox, Refused } from '../http/outbox.ts'
import { accepted, trackingServer } from '../http/server.ts'
import { type MeasuredStage, measuredBy, type Value } from '../measured.ts'
import type { Surroundings, Tracker } from '../tracker.ts'

/** Entries of one call. */
const mostEntries = 500

/** `LogEntry` of Trackio. */
interface Entry {
  readonly project: string
  readonly run: string
  readonly run_id: string
  readonly metrics: Readonly<Record<string, number | string>>
  readonly step: number
  readonly config: Readonly<Record<string, string>>
  /** Makes a call that is sent again harmless. */
  readonly log_id: string
}

/** A tracker that sends to the server at `address`, whose query may have a `write_token`. `fail` is called once if the server does not take the metrics. */
export function trackioTracker(
  address: string,
  environment: Readonly<Record<string, string | undefined>>,
  { fail }: Pick<Surroundings, 'fail'>,
): Tracker {
  const token = new URL(address).searchParams.get('write_token') ?? environment.TRACKIO_WRITE_TOKEN
  const server = trackingServer(address, token === undefined ? {} : { 'x-trackio-write-token': token })
  const outbox = new Outbox<Entry>(
    async (logs, signal) => {
      const answer = await server.call('POST', 'api/bulk_log', signal, { kwargs: { logs, hf_token: null } })
      const { data, error } = accepted(answer, server).body
      if (typeof error === 'string') throw new Refused(`${server.shown} answered: ${error.slice(0, 300)}`)
      // Whatever else serves pages at that address may answer 200 too.
      if (data === undefined) throw new Refused(`${server.shown} is not a server of Trackio`)
    },
    fail,
    mostEntries,
  )
  const send = (stage: MeasuredStage, step: number, what: string, values: readonly Value[]) => {
    if (values.length === 0) return
    const { name, kind, params, run, startedAt } = stage
    const run_id = `${run.run} ${name} ${startedAt}`
    outbox.add({
      project: run.project,
      run: `${name} ${run.run.slice(-6)}`,
      run_id,
      metrics: Object.fromEntries(
        values.map(([metric, value]) => [metric, Number.isFinite(value) ? value : String(value)]),
      ),
      step,
      config: { ...params, stage: name, kind, run: run.run },
      log_id: `${run_id} ${what}`,
    })
  }
  return {
    event: measuredBy({
      begin: () => {},
      // A step can have several entries: loss and held-out loss are measured apart.
      values: (stage, step, _time, values) =>
        send(stage, step, `step ${step} ${values.map(([name]) => name).join(' ')}`, values),
      end: (stage, _outcome, step, _time, final) =>
        send(
          stage,
          step,
          'final',
          final.map(([name, value]) => [`final/${name}`, value]),
        ),
    }),
    sent: () => outbox.sent(),
    close: () => outbox.close(),
  }
}
