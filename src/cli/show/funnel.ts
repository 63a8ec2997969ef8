/** The stages of a program that read and write documents, in order, from their records in the store. */

import type { ArtefactKind } from '../../core/artefact.ts'
import type { Action } from '../../store/store.ts'
import { type FunnelStage, rulesOf } from '../../view/funnel.ts'

/** The artefacts that documents become on their way to a training. */
const data: ReadonlySet<ArtefactKind> = new Set<ArtefactKind>(['Docs', 'Tokens', 'Pairs', 'Prompts', 'Rankings'])

/** Whether all that a stage makes is data. */
export function isData(kinds: readonly ArtefactKind[]): boolean {
  return kinds.length > 0 && kinds.every((kind) => data.has(kind))
}

export function funnelOf(actions: readonly Action[]): FunnelStage[] {
  return actions.filter(({ outputs }) => isData(Object.values(outputs).map(({ kind }) => kind))).map(stageOf)
}

function stageOf({ node: { name, kind }, files, report }: Action): FunnelStage {
  const { ledger, metrics = {}, summary } = report
  const read = Object.values(files).flat()
  const { documents = 0, bytes, tokens } = metrics
  const note = ledger === undefined && tokens === undefined && /\d and \d/.test(summary ?? '') ? summary : undefined
  return {
    name,
    kind,
    ...(read.length === 0
      ? {}
      : { files: { count: read.length, bytes: read.reduce((sum, { size }) => sum + size, 0) } }),
    ...(ledger === undefined ? {} : { in: ledger.in }),
    out: ledger?.out ?? { documents, ...(bytes === undefined ? {} : { bytes }) },
    rules: ledger === undefined ? [] : rulesOf(ledger),
    unreadable: ledger?.malformed.count ?? 0,
    ...(tokens === undefined ? {} : { tokens }),
    ...(note === undefined ? {} : { note }),
  }
}
