/** The metrics that every artefact of a kind has, whichever stage made it. */

import type { ArtefactKind } from '../artefact.ts'

/** The names of the metrics, by the kind of artefact. The stage that makes an artefact can add others: see `StageKind.metrics`. */
export const metricsOfKind = {
  Docs: ['documents', 'bytes'],
  Tokens: ['tokens', 'documents', 'bytes', 'bytes_per_token'],
  Tokenizer: ['vocab'],
  Pairs: ['pairs'],
  Prompts: ['prompts'],
  Answers: ['answers', 'responses', 'ended'],
  Rankings: ['rankings', 'responses', 'with_ties'],
} as const satisfies { readonly [K in ArtefactKind]?: readonly string[] }

/** The metrics of an artefact of this kind; `undefined` if they depend on the stage that makes it. */
export function metricsOfArtefactKind(kind: ArtefactKind): readonly string[] | undefined {
  return (metricsOfKind as { readonly [K in ArtefactKind]?: readonly string[] })[kind]
}
