/** Records of any artefact that is shards of JSON lines, passed on as they are: what split, sample, shuffle and concat work on. */

import type { Artefact, ArtefactKind } from '../../core/artefact.ts'
import { exampleOf, isExampleKind, keyOf, questionOf, stems } from '../conversations/examples.ts'
import { documentOf, ShardWriter } from './shards.ts'
import { linesIn, type PaceOptions } from './walk.ts'

export interface Recorded {
  readonly line: string
  /** What copies have in common: of a document its text, where it has one, else all of it; of an example what it asks. */
  readonly content: string
}

export function stemOf(kind: ArtefactKind): string {
  return isExampleKind(kind) ? stems[kind] : 'docs'
}

export function recordWriter(folder: string, kind: ArtefactKind): ShardWriter {
  return new ShardWriter(folder, undefined, stemOf(kind))
}

/** The records of an artefact in batches. */
export async function* recordsIn(
  { kind, path }: Artefact,
  options: PaceOptions,
  phase: string,
): AsyncGenerator<Recorded[]> {
  for await (const { shard, lines } of linesIn([path], options, phase, stemOf(kind))) {
    yield lines.map((line) => {
      if (isExampleKind(kind)) return { line, content: keyOf(questionOf(exampleOf(line, kind, shard))) }
      return { line, content: documentOf(line, shard).text || line }
    })
  }
}
