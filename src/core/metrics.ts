/** The metrics of artefacts that have the same ones whichever stage made them. */

import type { ArtefactKind } from './artefact.ts'

/** By the kind of artefact. The stage that makes an artefact may add others: see `StageKind.metrics`. */
export const metricsOfKind = {
  Docs: ['documents', 'bytes'],
  Tokens: ['tokens', 'documents', 'bytes', 'bytes_per_token'],
  Tokenizer: ['vocab'],
  Pairs: ['pairs'],
  Prompts: ['prompts'],
  Answers: ['answers', 'responses', 'ended'],
  Rankings: ['rankings', 'responses', 'with_ties'],
} as const satisfies { readonly [K in ArtefactKind]?: readonly string[] }

/** The metrics of an artefact of this kind; `undefined` where they depend on the stage that makes it. */
export function metricsOfArtefactKind(kind: ArtefactKind): readonly string[] | undefined {
  return (metricsOfKind as { readonly [K in ArtefactKind]?: readonly string[] })[kind]
}
