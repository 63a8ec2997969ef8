/** The texts of a Docs artefact, one after the other, for the stages of tokenizers. */

import type { Artefact } from '../../core/artefact.ts'
import type { StageContext } from '../../core/kind/stage.ts'
import { documentsIn } from '../../data/shards/walk.ts'

/** Reads the documents in the order of the shards. Reports progress about four times a second, and throws `Interrupted` when asked to stop. */
export async function* documentTexts(stage: StageContext, docs: Artefact, phase: string): AsyncGenerator<string> {
  for await (const batch of documentsIn([docs.path], stage, phase)) for (const { text } of batch) yield text
}
