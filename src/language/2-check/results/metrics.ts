/** The metrics that artefacts will have, which an `expect` or a `best` may name before they exist. */

import type { Span } from '../../../../grammar/span.ts'
import { metricsOfArtefactKind } from '../../../core/kind/metrics.ts'
import * as artefacts from '../../messages/artefacts.generated.ts'
import { didYouMean } from '../../messages/more.ts'
import type { CheckedCall, ValueRef } from '../../program.ts'
import { type Checker, type Env, report } from '../env.ts'

/** The metrics of an output; `name[]` if it has one number for each of several artefacts. `undefined` if they are unknown. */
export function knownMetrics({ calls }: Checker, ref: ValueRef): readonly string[] | undefined {
  return metricsOf(calls, ref)
}

/** The metrics of an output of one of `calls`, as `knownMetrics` returns them. */
export function metricsOf(calls: readonly CheckedCall[], ref: ValueRef): readonly string[] | undefined {
  const call = calls[ref.call]
  const kind = call?.outputs.find(({ name }) => name === ref.output)?.type.kind
  const ofKind = kind === undefined ? undefined : metricsOfArtefactKind(kind)
  return ofKind === undefined ? call?.metrics : [...ofKind, ...(call?.metrics ?? [])]
}

/**
 * Reports a metric that the artefact will not have. `indexed`: it is written with an index, `score.loss[base]`. `models`: the names of what the
 * report is about.
 */
export function checkMetric(
  env: Env,
  at: Span,
  metric: {
    readonly ref: ValueRef
    readonly of: string
    readonly name: string
    readonly indexed: boolean
    readonly models: readonly string[] | undefined
  },
): void {
  const { ref, of, name, indexed, models = [] } = metric
  const known = knownMetrics(env.checker, ref)
  if (known === undefined || known.includes(indexed ? `${name}[]` : name)) return
  if (!indexed && known.includes(`${name}[]`)) {
    report(env, artefacts.metricOfWhich(at, { of, name, model: models[0] ?? '0' }))
    return
  }
  // The superfluous index was reported.
  if (indexed && known.includes(name)) return
  const names = known.map((each) => each.replace('[]', ''))
  const list = names.length === 0 ? 'It has no metrics.' : `It has ${names.join(', ')}.`
  report(env, artefacts.unknownMetricOf(at, { of, name }, didYouMean(name, names, list)))
}
