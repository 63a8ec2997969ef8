/** The texts of a Docs artefact, for the stages of tokenizers: one after the other, with progress and stopping. */

import type { Artefact } from '../../core/artefact.ts'
import type { StageContext } from '../../core/stage.ts'
import { documentsIn } from '../../data/shards/walk.ts'

/** Reads the documents in the order of the shards, saying how far it is about four times a second. */
export async function* documentTexts(stage: StageContext, docs: Artefact, phase: string): AsyncGenerator<string> {
  for await (const batch of documentsIn([docs.path], stage, phase)) for (const { text } of batch) yield text
}
