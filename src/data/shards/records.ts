/** Records of all artefacts that consist of JSON lines. `split`, `sample`, `shuffle` and `concat` copy their lines without a change. */

import type { Artefact, ArtefactKind } from '../../core/artefact.ts'
import { exampleOf, isExampleKind, keyOf, questionOf, stems } from '../conversations/examples.ts'
import { documentOf, ShardWriter } from './shards.ts'
import { linesIn, type PaceOptions } from './walk.ts'

export interface Recorded {
  readonly line: string
  /** The content that makes two records copies: the text of a document, or its whole line if the text is empty; the question of an example. */
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
