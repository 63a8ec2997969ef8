/** Everything that programs can call: the stage kinds and the metrics of documents. */

import type { Catalogue, StageKind } from '../../core/kind/kind.ts'
import { metrics } from '../../data/metrics/specs.ts'
import { kinds } from '../../stages/index.ts'

export const catalogue: Catalogue = {
  kinds: kinds as unknown as Readonly<Record<string, StageKind>>,
  metrics,
}
