/** Warnings that `check` adds to those of the compiler: they depend on this machine and on the files that lie on it. */

import { totalmem } from 'node:os'
import { dirname, resolve } from 'node:path'
import type { Span } from '../../grammar/span.ts'
import type { Diagnostic } from '../core/diagnostic.ts'
import type { Plan, PlanSpan } from '../core/plan.ts'
import * as artefacts from '../language/messages/artefacts.generated.ts'
import * as models from '../language/messages/models.generated.ts'
import type { Estimate } from '../plan/estimate.ts'
import { lineStarts } from '../plan/place.ts'
import { matching } from '../store/glob.ts'
import { bytes } from '../view/format.ts'
import { catalogue } from './catalogue.ts'

/** Warnings of inputs that are not there, and of trainings that need more memory than the machine has. */
export async function checkWarnings(
  plan: Plan,
  sources: ReadonlyMap<string, string>,
  estimates: readonly Estimate[],
): Promise<Diagnostic[]> {
  const spanOf = spans(sources)
  return [...(await missingFiles(plan, spanOf)), ...tooLarge(estimates, spanOf)]
}

/** Only a warning: an export or a command of the same program may write the files before they are read. */
async function missingFiles({ program, nodes }: Plan, spanOf: (place: PlanSpan) => Span): Promise<Diagnostic[]> {
  const found: Diagnostic[] = []
  for (const { kind, files, span, settingSpans } of nodes) {
    for (const [setting, { patterns, base }] of Object.entries(files)) {
      const folder = resolve(dirname(program), base)
      const at = spanOf(settingSpans?.[setting] ?? span)
      const missing: string[] = []
      for (const pattern of patterns) if ((await matching([pattern], folder)).length === 0) missing.push(pattern)
      // Of the files in a folder that a kind looks for itself, some may be absent.
      const optional = catalogue.kinds[kind]?.settings.properties[setting]?.within !== undefined
      if (missing.length === 0 || (optional && missing.length < patterns.length)) continue
      const words = {
        pattern: missing.map((each) => `"${each}"`).join(' and '),
        folder: base === '.' ? 'the folder of the program' : base,
      }
      found.push(artefacts.missingFiles(at, words))
    }
  }
  return found
}

function tooLarge(estimates: readonly Estimate[], spanOf: (place: PlanSpan) => Span): Diagnostic[] {
  const there = memoryOfMachine()
  return estimates.flatMap(({ node, cost }) => {
    const { weights, optimizer, activations } = cost.memory
    const need = weights + optimizer + activations
    if (need <= there) return []
    const words = { name: node.name, need: bytes(need), there: bytes(there) }
    return [models.moreMemoryThanThereIs(spanOf(node.span), words)]
  })
}

/** Bytes of memory that this process may use: those of the machine, or of the container it runs in. */
function memoryOfMachine(): number {
  const limit = process.constrainedMemory()
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem()
}

/** The span of a place in the source, offsets instead of lines and columns. */
function spans(sources: ReadonlyMap<string, string>): (place: PlanSpan) => Span {
  const starts = new Map<string, readonly number[]>()
  return ({ file, line, column, endLine, endColumn }) => {
    const lines = starts.get(file) ?? lineStarts(sources.get(file) ?? '')
    starts.set(file, lines)
    const offset = (at: number, of: number) => (lines[at - 1] ?? 0) + of - 1
    return { file, start: offset(line, column), end: offset(endLine, endColumn) }
  }
}
