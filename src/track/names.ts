/** Names as other tools have them. */

import { scalarsIn } from '../core/event.ts'
import type { StageReport } from '../core/report.ts'

/** The scalars of a metric by their names in reports: `valid_loss` for `validLoss`. */
export function scalarsByName(metric: { readonly [name: string]: unknown }): readonly (readonly [string, number])[] {
  return scalarsIn(metric).map(([name, value]) => [snake(name), value])
}

/** The metrics of a finished stage. JSON has no NaN: in the log of a past run it is null. */
export function finalMetrics(report: StageReport | undefined): readonly (readonly [string, number])[] {
  return Object.entries(report?.metrics ?? {}).map(([name, value]) => [name, value ?? Number.NaN] as const)
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`)
}

/** A name without characters that some file system does not allow. */
export function fileName(name: string): string {
  const safe = name.replace(/[/\\:*?"<>|\p{Cc}]/gu, '_').replace(/^\.+/, '_')
  return safe === '' ? '_' : safe
}
