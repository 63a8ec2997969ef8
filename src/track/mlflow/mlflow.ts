/**
 * Sends the metrics of a run to a server of MLflow, over its REST API 2.0 (https://mlflow.org/docs/latest/rest-api.html): an experiment with the name
 * of the program, and a run for each stage that measures something.
 */

import { Outbox } from '../http/outbox.ts'
import { trackingServer } from '../http/server.ts'
import { type MeasuredStage, measuredBy, type Value } from '../measured.ts'
import type { Surroundings, Tracker } from '../tracker.ts'
import { type Item, mostMetrics, Session } from './session.ts'

const statuses = { finished: 'FINISHED', failed: 'FAILED', interrupted: 'KILLED' } as const

/** A tracker that sends to the server at `address`. `fail` is called once if the server does not take the metrics. */
export function mlflowTracker(
  address: string,
  environment: Readonly<Record<string, string | undefined>>,
  surroundings: Surroundings,
): Tracker {
  const session = new Session(trackingServer(address, authorization(address, environment)), surroundings)
  const outbox = new Outbox<Item>((items, signal) => session.send(items, signal), surroundings.fail, mostMetrics)
  const metrics = (stage: MeasuredStage, step: number, time: number, values: readonly Value[]) => {
    for (const [name, value] of values)
      outbox.add({
        kind: 'metric',
        stage: stage.id,
        metric: {
          key: session.keyOf(name),
          value: Number.isFinite(value) ? value : String(value),
          timestamp: time,
          step,
        },
      })
  }
  return {
    event: measuredBy({
      begin: (stage) => outbox.add({ kind: 'begin', stage }),
      values: metrics,
      end(stage, outcome, step, time, final) {
        metrics(
          stage,
          step,
          time,
          final.map(([name, value]) => [`final/${name}`, value]),
        )
        outbox.add({ kind: 'end', stage: stage.id, status: statuses[outcome], time })
      },
    }),
    sent: () => outbox.sent(),
    async close() {
      await outbox.close()
      session.close()
    },
  }
}

/** The user and password, or the token, that the client of MLflow would send too. */
function authorization(
  address: string,
  {
    MLFLOW_TRACKING_TOKEN: token,
    MLFLOW_TRACKING_USERNAME,
    MLFLOW_TRACKING_PASSWORD = '',
  }: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const { username, password } = new URL(address)
  const [user, secret] =
    username === '' ? [MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD] : [decoded(username), decoded(password)]
  if (user !== undefined && user !== '')
    return { authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}` }
  return token === undefined || token === '' ? {} : { authorization: `Bearer ${token}` }
}

/** A part of an address; as it is if it is not encoded correctly. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
