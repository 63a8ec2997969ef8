/** Prints errors and warnings about programs. */

import type { Diagnostic } from '../../core/diagnostic.ts'
import { renderDiagnostics } from '../../language/messages/render.ts'
import { writeErrorExactly } from '../terminal/output.ts'
import { colored } from '../terminal/print.ts'

export interface Diagnosed {
  readonly diagnostics: readonly Diagnostic[]
  /** The text of every source, by its path. */
  readonly sources: ReadonlyMap<string, string>
}

/** Prints errors and warnings to standard error, each with its place in the source. */
export function printDiagnostics({ diagnostics, sources }: Diagnosed): void {
  const width = process.stderr.columns ?? 120
  writeErrorExactly(renderDiagnostics(diagnostics, sources, { color: colored(process.stderr), width }))
}
