/** Finds trainings in a precision that their engine does not have. */

import type { Diagnostic } from '../../core/diagnostic.ts'
import { type EngineName, engineNames, enginePrecisions, type Precision } from '../../engine/names.ts'
import * as settings from '../../language/messages/settings.generated.ts'
import type { TypedProgram } from '../../language/program.ts'

/** An error for each training whose engine lacks its precision. `engine` is the one of the command line, which replaces that of the program. */
export function precisionErrors(program: TypedProgram, engine?: string): Diagnostic[] {
  return program.calls.flatMap(({ params, settingSpans, span }) => {
    const { precision, engine: named } = params
    if (precision === undefined || typeof named !== 'string') return []
    const used = engine ?? named
    if (engineNames.some((name) => name === used && has(name, precision))) return []
    const help = wayOut(engineNames.filter((name) => has(name, precision)))
    const at = settingSpans.precision ?? span
    return [settings.precisionWithoutEngine(at, { engine: used, precision: String(precision) }, { help })]
  })
}

function has(engine: EngineName, precision: unknown): boolean {
  return enginePrecisions[engine].includes(precision as Precision)
}

function wayOut(able: readonly EngineName[]): string {
  const [first] = able
  if (first === undefined) return 'Leave `precision` out: it is float32 then.'
  return `Write \`engine: ${first}\` beside it, run with \`--engine ${first}\`, or leave \`precision\` out: it is float32 then.`
}
